"""What the tenant answers: objects from rows, in the form that a request's headers ask for.

Nothing here reads a socket or the store: rows in, objects and bytes out.

::

    view = view_of(request.headers, request.query_params, settings)
    body, media = respond(session_object(row, view=view), request.headers)
"""

from __future__ import annotations

from simulator.tenant.answers.bodies import error, invalid_request, respond
from simulator.tenant.answers.clocks import zone_codes, zone_of
from simulator.tenant.answers.desk import (
    message_object,
    presence_object,
    principal_object,
    status_list,
    topic_agent_object,
    topic_object,
)
from simulator.tenant.answers.sessions import associate_object, session_object
from simulator.tenant.answers.transcript import transcript
from simulator.tenant.answers.views import View, view_of

__all__ = [
    "View",
    "associate_object",
    "error",
    "invalid_request",
    "message_object",
    "presence_object",
    "principal_object",
    "respond",
    "session_object",
    "status_list",
    "topic_agent_object",
    "topic_object",
    "transcript",
    "view_of",
    "zone_codes",
    "zone_of",
]
