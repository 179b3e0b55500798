"""The columns as a contract: their names, and that each says what it means."""

from __future__ import annotations

import pytest

from simulator.sessions import AGENTS, SESSIONS, agents_schema, sessions_schema

PROMISED = (
    "replication chat_session_id customer_id attempt topic_id topic requested_at reaction_began_at "
    "picked_up_at ended_at wrapped_up_at wait_s handle_s initial_queue_pos rank agent_id agent "
    "status outcome transferred_to transfer_wait_s"
)


def test_sessions_begin_with_the_columns_that_were_promised():
    assert " ".join(SESSIONS.names).startswith(PROMISED)


def test_agents_have_a_column_for_every_number_of_open_chats():
    open_columns = [name for name in agents_schema("UTC", 3).names if name.startswith("open_")]
    assert open_columns == ["open_0_s", "open_1_s", "open_2_s", "open_3_s"]


@pytest.mark.parametrize("schema", [SESSIONS, AGENTS])
def test_every_column_says_what_it_means(schema):
    assert all(field.metadata[b"doc"] for field in schema)


def test_instants_are_in_the_zone_of_the_scenario():
    assert sessions_schema("Asia/Tokyo").field("requested_at").type.tz == "Asia/Tokyo"
