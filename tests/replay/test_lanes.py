"""Who waits for whom, and what a call may act on."""

from __future__ import annotations

import asyncio

import pytest

from simulator.replay.calls import CUSTOMERS, Call
from simulator.replay.journal import Outcome
from simulator.replay.lanes import Desk, Lines, in_part

ADA_PICKS = Call(2, 0, "pickup", 5, 1, (1,), "Ada", 1)
ADA_ENDS = Call(3, 0, "end", 5, 1, (), "Ada", 1, status="Finished")
ADA_GIVES = Call(4, 0, "transfer", 5, 1, (), "Ada", 1, to_lane="Bo")
BO_TAKES = Call(5, 0, "accept", 5, 1, (), "Bo", 2)
BO_ENDS = Call(6, 0, "end", 5, 1, (), "Bo", 2, status="Finished")
CREATE = Call(1, 0, "create", 5, 1, (1,), CUSTOMERS)
LEAVE = Call(7, 0, "leave", 5, 1, (1,), CUSTOMERS, status="Closed")
DONE = Outcome("done", session_id=70)
EMPTY = Outcome("empty")
NOTHING = "nothing was picked up for this chat"


def desk(*learnt, creates=(), lanes=("Ada", "Bo")) -> Desk:
    made = Desk(frozenset(creates), frozenset(lanes), {"Ada": 11, "Bo": 12})
    for call, outcome in learnt:
        made.learn(call, outcome)
    return made


@pytest.mark.parametrize(
    ("call", "learnt", "creates", "why"),
    [
        (ADA_PICKS, [], [], ""),  # a queue that was filled by others
        (ADA_PICKS, [], [5], "its chat was not created"),
        (ADA_PICKS, [(CREATE, EMPTY)], [5], "its chat was not created"),
        (ADA_PICKS, [(CREATE, DONE)], [5], ""),
        (ADA_ENDS, [], [], NOTHING),
        (ADA_ENDS, [(ADA_PICKS, EMPTY)], [], NOTHING),
        (ADA_ENDS, [(ADA_PICKS, Outcome("unknown"))], [], NOTHING),
        (ADA_ENDS, [(ADA_PICKS, Outcome("recovered", session_id=70))], [], ""),
        (BO_ENDS, [(ADA_PICKS, DONE)], [], NOTHING),  # Ada's
        (LEAVE, [], [], "its chat was not created"),
        (LEAVE, [(CREATE, DONE)], [], ""),
        (ADA_GIVES, [(ADA_PICKS, DONE)], [], ""),
        (BO_TAKES, [(ADA_PICKS, DONE)], [], "nothing was transferred"),
        (BO_TAKES, [(ADA_PICKS, DONE), (ADA_GIVES, DONE)], [], ""),
        (ADA_ENDS, [(ADA_PICKS, DONE), (ADA_GIVES, DONE)], [], NOTHING),
        (BO_ENDS, [(ADA_PICKS, DONE), (ADA_GIVES, DONE), (BO_TAKES, DONE)], [], ""),
    ],
)  # fmt: skip
def test_why_a_call_cannot_be_sent(call, learnt, creates, why):
    assert desk(*learnt, creates=creates).why_not(call) == why


def test_a_lane_in_doubt_does_nothing_more_and_others_go_on():
    made = desk((ADA_PICKS, DONE))
    made.blocked.add("Ada")
    assert made.why_not(ADA_ENDS) == "lane unsettled"
    assert made.why_not(Call(9, 0, "pickup", 6, 1, (1,), "Bo", 2)) == ""


def test_a_transfer_out_of_this_part_is_not_sent():
    made = desk((ADA_PICKS, DONE), lanes=("Ada",))
    assert made.why_not(ADA_GIVES) == "the transfer goes to a lane of another part"


def test_agents_stand_in_line_and_customers_only_for_their_own_chat():
    async def waits() -> list[int]:
        lines, loop = Lines(), asyncio.get_running_loop()
        calls = [
            CREATE,
            Call(8, 0, "create", 6, 1, (1,), CUSTOMERS),  # another chat: at once
            ADA_PICKS,  # after the create of its chat
            Call(9, 0, "pickup", 6, 1, (1,), "Ada", 1),  # after its chat's and after Ada's own
        ]
        return [len(lines.join(call, loop.create_future())) for call in calls]

    assert asyncio.run(waits()) == [0, 0, 1, 2]


def test_every_call_is_in_one_part():
    calls = [Call(n, 0, "pickup", n, 1, (1,), lane, 1) for n, lane in enumerate("ABCDEFG", 1)]
    calls += [Call(n, 0, "create", n, 1, (1,), CUSTOMERS) for n in range(10, 30)]
    parts = [[call for call in calls if in_part(call, "ABCDEFG", (k, 3))] for k in (1, 2, 3)]
    assert sorted(call.number for part in parts for call in part) == [c.number for c in calls]
    assert all(parts)
