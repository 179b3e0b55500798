"""Replay of a run against a tenant: simulated pickups become real ones, each at most once.

::

    run ──► planning ──► plan ──► driver ──► journal ──► observed
                                    │ guard, client, credentials (endpoint)

``POST ChatSession/Pickup`` takes whatever is first in the caller's queue and welcomes a real
customer; it cannot be undone or repeated. So every call is journalled before it is sent, what is
in doubt is never sent again but settled by reading, and what a replay may talk to is checked at
every request.
"""
