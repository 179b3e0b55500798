"""A local tenant to replay against: a real server that knows the wire, and not the simulator.

::

    store.py      SQLite: sessions, people, what really happened
    sessions.py   what is done with a session
    rest.py, rpc.py, admin.py, app.py      the faces, and the server's application
    answers/, odata/      forms of what is answered and asked
    faults/, proxy.py     what goes wrong on purpose
    serving.py    running it

It shares no rule with the desk, or a comparison of the two would compare the model with itself.
"""
