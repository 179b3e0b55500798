"""The rules of the desk, once: who is offered to whom, and what happens in one instant.

``state`` is what there is, ``rules`` what happens to it, ``routing`` whom a chat is offered to,
``queue`` who waits before whom, ``roster`` who is on duty, ``codes`` the numbers with names.
No clock, no chance and no library stands here: an engine calls a rule with the instant, and the
rule writes what must be called later to the desk's agenda.
"""
