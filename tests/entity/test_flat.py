"""A record as a row of a table."""

from __future__ import annotations

from datetime import datetime

import pytest

from simulator.entity import flat
from tests.entity.made import RECORD


def cells(**changes: object) -> dict[str, object]:
    return dict(zip(flat.COLUMNS, flat.row(RECORD | changes), strict=True))


def test_root_keys_stand_under_their_names_and_carriers_by_id_and_name():
    row = cells()
    assert (row["ChatSessionId"], row["Status"], row["CustomerConsented"]) == (77, "UserLast", True)
    assert (row["User.AssociateId"], row["User.FullName"]) == (3, "Ada Lovelace")
    assert (row["Ticket.TicketId"], row["Sale.Title"], row["Contact.ContactId"]) == (9, "Oven", 5)
    assert len(flat.COLUMNS) == 33 - 2 - 7 + 16


def test_null_carriers_missing_keys_and_not_yet_are_empty_cells():
    row = cells()
    assert (row["Person.FullName"], row["TransferTo.Name"], row["CustomerEmail"]) == (None,) * 3
    assert row["Contact.Name"] is None
    assert row["WhenEnded"] is None
    assert row["WhenRequested"] == "2026-03-29T02:30:00.5+02:00"
    assert cells(WhenIdle=None)["WhenIdle"] is None


def test_the_dates_are_known_by_their_headings():
    assert len(flat.DATES) == 5
    assert set(flat.COLUMNS) >= flat.DATES


def test_the_wall_clock_of_a_date_has_no_zone():
    assert flat.wall_clock("2026-03-29T02:30:00.5+02:00") == datetime(2026, 3, 29, 2, 30)  # noqa: DTZ001


@pytest.mark.parametrize("text", ["=1+1", "+47 1", "-2", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_text_that_looks_like_a_formula_gets_an_apostrophe(text):
    assert flat.safe_cell(text) == "'" + text


@pytest.mark.parametrize("cell", ["", "a=1", " =1", -5, -0.5, True, None])
def test_other_cells_stay_as_they_are(cell):
    assert flat.safe_cell(cell) is cell
