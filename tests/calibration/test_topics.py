"""Names and ids of topics: people's names for ids, and an id for every name."""

from __future__ import annotations

import pytest

from simulator.calibration.topics import ids_of, named
from simulator.errors import ParameterError
from tests.calibration.made_desks import chat, recorded


@pytest.fixture
def history():
    return recorded(
        chat(0, 1, 2, topic="Topic 7"), chat(3, 4, 5, topic="Topic 12"), chat(6, 7, 8, topic="Help")
    )


def test_ids_give_way_to_names(history):
    renamed = named(history, {7: "Sales"})
    assert renamed.sessions["topic"].tolist() == ["Sales", "Topic 12", "Help"]
    assert history.sessions["topic"].tolist() == ["Topic 7", "Topic 12", "Help"]
    assert len(renamed.of_topic("Sales")) == 1


def test_no_names_change_nothing(history):
    assert named(history, {}).sessions["topic"].tolist() == history.sessions["topic"].tolist()


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ({8: "Sales"}, r"--topic 8=Sales names a topic .* its topics are Help, Topic 12, Topic 7"),
        ({7: "Help"}, "--topic 7=Help gives two topics one name"),
        ({7: "Sales", 12: "Sales"}, "gives two topics one name"),
    ],
)
def test_a_name_for_no_topic_or_for_two_is_refused(history, names, told):
    with pytest.raises(ParameterError, match=told):
        named(history, names)


@pytest.mark.parametrize(
    ("topics", "names", "ids"),
    [
        (["Chat"], {}, [1]),
        (["Help", "Sales"], {}, [1, 2]),
        (["Help", "Topic 1"], {}, [2, 1]),  # its own id goes before a made one
        (["Help", "Sales"], {1: "Sales"}, [2, 1]),
        (["Sales", "Topic 2", "Help"], {9: "Sales"}, [9, 2, 1]),
        (["Topic 0", "Topic x"], {}, [1, 2]),  # an id counts from 1
    ],
)
def test_every_topic_has_an_id_of_its_own(topics, names, ids):
    assert ids_of(topics, names) == dict(zip(topics, ids, strict=True))
