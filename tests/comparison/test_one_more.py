"""One more agent: in each way in which a group can be given, and nobody else changed."""

from __future__ import annotations

import pytest

from simulator import workload
from simulator.comparison import one_more_agent
from simulator.errors import UsageError
from simulator.scenario import loads
from tests.comparison.worlds import TODAY, like_today


@pytest.fixture(scope="module")
def world():
    return loads(TODAY)


def people(world, group):
    """Names and duty of a group's agents."""
    found = next(g for g in world.groups if g.name == group)
    chosen = world.agents[found.first_agent : found.first_agent + found.agent_count]
    return {agent.name: agent.duty for agent in chosen}


def test_by_count_works_the_same_hours(world):
    grown = people(one_more_agent(world, "Helpers"), "Helpers")
    assert list(grown) == ["Helpers 1", "Helpers 2", "Helpers 3"]
    assert grown["Helpers 3"] == grown["Helpers 1"]


def test_by_names_gets_a_name(world):
    grown = people(one_more_agent(world, "Floaters"), "Floaters")
    assert list(grown) == ["Cy", "Floaters 2"]
    assert grown["Floaters 2"] == grown["Cy"]


def test_by_roster_works_the_shifts_of_whoever_is_longest_on_duty(world):
    grown = people(one_more_agent(world, "Sellers"), "Sellers")
    assert list(grown) == ["Ada", "Bo", "Sellers 3"]
    assert grown["Sellers 3"] == grown["Bo"]


def test_by_staffing_is_one_more_wherever_there_is_anybody(world):
    (before,), (after,) = (
        [g.headcount for g in w.groups if g.name == "Table"]
        for w in (world, one_more_agent(world, "Table"))
    )
    assert [(at, count) for at, count, _ in after] == [
        (at, count + 1 if count else 0) for at, count, _ in before
    ]


@pytest.mark.parametrize("group", ["Sellers", "Helpers", "Floaters", "Table"])
def test_all_else_stays(world, group):
    grown = one_more_agent(world, group)
    assert grown.name == f"today +1 {group}"
    assert len(grown.agents) == len(world.agents) + 1
    assert (grown.topics, grown.horizon_us, grown.routing) == (
        world.topics,
        world.horizon_us,
        world.routing,
    )
    others = [g.name for g in world.groups if g.name != group]
    assert [people(grown, name) for name in others] == [people(world, name) for name in others]


def test_nobody_else_falls_ill(world):
    """The newcomer has absences of their own."""
    grown = one_more_agent(world, "Floaters")
    for replication in range(1, 30):
        before, after = (
            dict(
                zip(
                    [a.name for a in w.agents],
                    workload.on_duty(w, 1, replication).absent.tolist(),
                    strict=True,
                )
            )
            for w in (world, grown)
        )
        assert {name: after[name] for name in before} == before


def test_twice_is_two_more(world):
    twice = one_more_agent(one_more_agent(world, "Helpers"), "Helpers")
    assert len(people(twice, "Helpers")) == 4
    assert twice.name == "today +1 Helpers +1 Helpers"


def test_a_name_that_is_taken_is_passed_over():
    world = loads(like_today("b", ("names: [Cy]", "names: [Cy, Floaters 3]")))
    assert list(people(one_more_agent(world, "Floaters"), "Floaters"))[-1] == "Floaters 4"


def test_takes_a_file(tmp_path):
    (tmp_path / "today.yaml").write_text(TODAY)
    assert one_more_agent(tmp_path / "today.yaml", "Helpers").name == "today +1 Helpers"


def test_unknown_group_is_named_with_the_nearest(world):
    with pytest.raises(UsageError, match="no group 'Helper' in today; did you mean 'Helpers'"):
        one_more_agent(world, "Helper")
