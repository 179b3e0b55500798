"""Whatever is done to a store in whatever order, it does what a list in memory would do."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.entity import ChatSessionStatus as Status
from tests.tenant.house import ADA, BLANK, BO, CY, SALES, SUPPORT, open_store

RESPONDS = {ADA: {SALES}, BO: {SALES}, CY: {SALES, SUPPORT}}

agents = st.sampled_from([ADA, BO, CY])
topics = st.sampled_from([SALES, SUPPORT])
numbers = st.integers(1, 12)
deeds = st.one_of(
    st.tuples(st.just("create"), topics),
    st.tuples(st.just("pick_up_first"), agents),
    st.tuples(st.just("pick_up"), numbers, agents),
    st.tuples(st.just("end"), numbers),
    st.tuples(st.just("reset"), numbers),
    st.tuples(st.just("transfer"), numbers, agents, agents),
    st.tuples(st.just("accept_transfer"), numbers, agents),
    st.tuples(st.just("reject_transfer"), numbers, agents),
    st.tuples(st.just("delete"), numbers),
)


@dataclass
class Seen:
    """A session as the naive desk keeps it."""

    topic: int
    position: int
    status: Status = Status.InQueue
    user: int | None = None
    to: int | None = None
    rank: int = 0


@dataclass
class Naive:
    """The tenant as a dictionary of sessions, with every rule written out plainly."""

    sessions: dict[int, Seen] = field(default_factory=dict)
    created: int = 0
    pickups: list[tuple[int, int]] = field(default_factory=list)

    def waiting(self, topics):
        queued = Status.InQueue
        there = self.sessions.items()
        return [number for number, s in there if s.status == queued and s.topic in topics]

    def free_rank(self, user):
        active = (Status.CustomerLast, Status.UserLast)
        taken = {s.rank for s in self.sessions.values() if s.user == user and s.status in active}
        return min(set(range(1, len(taken) + 2)) - taken)

    def create(self, topic):
        self.created += 1
        self.sessions[self.created] = Seen(topic, len(self.waiting({topic})) + 1)

    def pick_up_first(self, caller):
        queue = self.waiting(RESPONDS[caller])
        if queue:
            self.pick_up(min(queue), caller)

    def pick_up(self, number, caller):
        session = self.sessions.get(number)
        if session is None or session.status != Status.InQueue:
            return
        session.rank = self.free_rank(caller)
        session.status, session.user = Status.CustomerLast, caller
        self.pickups.append((number, caller))

    def end(self, number):
        if number in self.sessions:
            self.sessions[number].status = Status.Finished

    def reset(self, number):
        if number in self.sessions:
            session = self.sessions[number]
            session.status, session.user, session.to, session.rank = Status.InQueue, None, None, 0

    def transfer(self, number, caller, to):
        session = self.sessions.get(number)
        if session and session.status == Status.CustomerLast and session.user == caller:
            session.to = to

    def accept_transfer(self, number, caller):
        session = self.sessions.get(number)
        if session and session.status == Status.CustomerLast and session.to == caller:
            session.rank = self.free_rank(caller)
            session.user, session.to = caller, None

    def reject_transfer(self, number, caller):
        session = self.sessions.get(number)
        if session and session.to == caller:
            session.to = None

    def delete(self, number):
        self.sessions.pop(number, None)

    def all(self):
        return {
            number: (s.topic, s.position, s.status, s.user, s.to, s.rank)
            for number, s in self.sessions.items()
        }


def do(store, deed, *told):
    """The same deed, done to the store."""
    if deed == "end":
        store.save(*told, {"status": Status.Finished}, BLANK)
    elif deed in ("create", "pick_up_first", "pick_up"):
        getattr(store, deed)(*told, BLANK)
    else:
        getattr(store, deed)(*told)


def number_of(user):
    return None if user is None else user["associate_id"]


def all_of(store, last):
    rows = [row for number in range(1, last + 1) if (row := store.session(number)) is not None]
    return {
        row["id"]: (
            *(row["topic_id"], row["initial_queue_pos"], row["status"]),
            *(number_of(row["user"]), number_of(row["transfer_to"]), row["rank"]),
        )
        for row in rows
    }


@settings(max_examples=150)
@given(st.lists(deeds, max_size=40))
def test_the_store_does_what_a_plain_dictionary_would(told):
    naive = Naive()
    with open_store() as store:
        for deed, *arguments in told:
            do(store, deed, *arguments)
            getattr(naive, deed)(*arguments)
            assert all_of(store, naive.created) == naive.all()
        truth = store.truth()
    log = [(each["id"], each["associate_id"]) for each in truth["pickup_log"]]
    assert log == naive.pickups
    assert (truth["created"], truth["sessions"]) == (naive.created, len(naive.sessions))
    assert truth["in_queue"] == len(naive.waiting({SALES, SUPPORT}))
    assert truth["double_pickups"] == 0


def test_ranks_are_the_smallest_also_where_another_process_changes_the_file(tmp_path):
    path = tmp_path / "tenant.db"
    with open_store(path) as one, open_store(path) as other:
        one.seed(SALES, 6, BLANK)
        ranks = [store.pick_up_first(ADA, BLANK)["rank"] for store in (one, other, one, one)]
        other.save(2, {"status": Status.Finished}, BLANK)
        ranks += [store.pick_up_first(ADA, BLANK)["rank"] for store in (one, other)]
    assert ranks == [1, 2, 3, 4, 2, 5]
