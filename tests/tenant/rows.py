"""Rows of the store made by hand, as the answers take them, and how requests want them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from simulator.tenant import answers

if TYPE_CHECKING:
    from simulator.tenant.answers import View


@dataclass(frozen=True)
class Forms:
    """The settings that answers look at."""

    time_zone: str = "Europe/Oslo"
    fraction_digits: int = 0
    error_text_key: str = "ErrorMessage"


ADA: dict[str, Any] = {
    "associate_id": 12,
    "name": "ada",
    "full_name": "Ada Lovelace",
    "user_name": "ada@example.com",
    "person_id": 5,
    "ej_user_id": 31,
    "type": "InternalAssociate",
}


def us(text: str) -> int:
    """Microseconds since 1970 of an instant written with its offset."""
    return round(datetime.fromisoformat(text).timestamp() * 1_000_000)


NOON = us("2026-03-23T12:00:00.123456+01:00")


def a_session(**known: Any) -> dict[str, Any]:
    """A session that waits in topic 101; ``known`` is what the test is about."""
    return {
        "id": 7,
        "topic_id": 101,
        "user": None,
        "customer_alias": "kim",
        "customer_host": "203.0.113.9",
        "customer_name": "Kim",
        "customer_email": "kim@example.com",
        "customer_phone": None,
        "customer_consented": 1,
        "customer_company_name": None,
        "status": 4,
        "first_message": None,
        "last_message": None,
        "when_requested": NOON,
        "when_started": None,
        "when_ended": None,
        "when_idle": NOON,
        "when_fetched": NOON,
        "session_key": "key",
        "initial_queue_pos": 3,
        "alert_level": 0,
        "rank": 0,
        "flags": 0,
        "transfer_to": None,
        "chatbot_is_active": 0,
        "rating": 0,
        "person": None,
        "contact": None,
        "project": None,
        "sale": None,
        "ticket": None,
    } | known


def seen(forms: Forms | None = None, select: str = "", **headers: str) -> View:
    """The view of a request with these headers: ``so_timezone="UTC"``."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return answers.view_of(sent, {"$select": select} if select else {}, forms or Forms())
