"""Settings by name: what each takes, and how a wrong one is told."""

from __future__ import annotations

import pytest

from simulator.errors import UsageError
from simulator.tenant.settings import Settings, changed


@pytest.mark.parametrize(
    ("given", "name", "value"),
    [
        ({"empty_pickup": "204"}, "empty_pickup", "204"),
        ({"empty_pickup": 204}, "empty_pickup", "204"),  # as YAML and JSON may have it
        ({"page_size": "7"}, "page_size", 7),
        ({"page_size": 7}, "page_size", 7),
        ({"put_status_ends": "false"}, "put_status_ends", False),
        ({"put_status_ends": False}, "put_status_ends", False),
        ({"recent_hours": "0.5"}, "recent_hours", 0.5),
        ({"served_host": "sod2.example.com"}, "served_host", "sod2.example.com"),
    ],
)
def test_a_value_is_taken_as_text_or_as_what_it_is(given, name, value):
    assert getattr(changed(Settings(), given), name) == value


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"empty_pickups": "null"}, "no setting 'empty_pickups'.*did you mean.*empty_pickup"),
        ({"empty_pickup": "500"}, "empty_pickup is '500'; give one of null, 204, 404, empty"),
        ({"away_may_pick_up": "perhaps"}, "give one of true, false"),
        ({"page_size": "many"}, "page_size is 'many'; give a whole number"),
        ({"page_size": 12.7}, "page_size is 12.7; give a whole number"),
        ({"page_size": True}, "page_size is True; give a whole number"),
        ({"page_size": 0}, "page_size is 0; give a number from 1 to"),
        ({"recent_hours": "nan"}, "give a number from 0"),
        ({"fraction_digits": 8}, "give a number from 0 to 7"),
        ({"forbidden_status": 200}, "give a number from 400 to 499"),
        ({"time_zone": "Nowhere"}, "time zone 'Nowhere' is not known"),
        (["page_size"], "no mapping"),
    ],
)
def test_a_wrong_setting_is_told_with_what_it_may_be(given, told):
    with pytest.raises(UsageError, match=told):
        changed(Settings(), given)


def test_what_is_not_named_stays():
    first = changed(Settings(), {"page_size": 7})
    assert changed(first, {"fraction_digits": 3}).page_size == 7
