"""Faults on purpose: a catalogue, and rules that let them befall chosen requests, repeatably.

``pickup tenant --faults faults.yaml`` reads a file like this one; saving it anew while the tenant
runs switches over, as does ``PUT /admin/faults`` with the same as JSON::

    seed: 7                             # other seed, other requests; the default is 0
    rules:                              # the first one that hits is the one that happens
      - fault: status_500_after         # picked up, but the answer says it failed
        path: ChatSession/Pickup        # the path's last segments; * is one segment, ** any number
        share: 0.02                     # of the requests that match; the default is 1, all
      - fault: status_429_seconds
        path: ChatSession/Pickup
        first: 100                      # from the 100th request that matches,
        last: 1000                      # to the 1000th
        times: 3                        # and three times at most
        seconds: 2                      # what Retry-After says
      - fault: delay
        method: PUT
        share: 0.1
        seconds: 0.4
      - {fault: "null", times: 1}       # in quotes, or YAML takes it for nothing
      - {fault: huge, path: ChatSession/ForCurrentUser, megabytes: 64, times: 1}
      - fault: reset_after              # of the TCP level: the proxy in front does it
        path: ChatSession/Pickup
        share: 0.01
      - fault: refused                  # after each request that matches, nobody listens
        path: User/currentPrincipal     # for that long; without a path (or a method) nobody
        seconds: 2                      # listens for as long as the rule stands

``seconds`` is how late (delay), how long from first to last byte (drip), how long at most a
request without an answer is held (timeouts, stall, half_close), what Retry-After says (429), how
long the port is shut (refused). What befalls a request follows from the seed, the rule and how
many matching requests came before it since the switch, and from nothing else.
"""

from __future__ import annotations

from simulator.tenant.faults.catalogue import CATALOGUE, Fault
from simulator.tenant.faults.middleware import FaultMiddleware
from simulator.tenant.faults.reading import read_spec, spec_of
from simulator.tenant.faults.rules import Request, Rule, Spec
from simulator.tenant.faults.switch import Faults

__all__ = [
    "CATALOGUE",
    "Fault",
    "FaultMiddleware",
    "Faults",
    "Request",
    "Rule",
    "Spec",
    "read_spec",
    "spec_of",
]
