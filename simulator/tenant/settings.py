"""What the product does not document, each as a named setting with what we take for likely.

``pickup tenant --set empty_pickup=204`` or a YAML file of names and values changes them; so does
``PUT /admin/settings`` while the tenant runs.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, Final, Literal, get_args, get_type_hints

from simulator.entity import ChatSessionStatus
from simulator.errors import UsageError
from simulator.spelling import did_you_mean
from simulator.tenant.answers import zone_of

__all__ = ["Settings", "changed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The behaviours of the local tenant that no document settles."""

    empty_pickup: Literal["null", "204", "404", "empty"] = "null"
    """What Pickup answers when nobody waits: 200 with null, 204, 404, or 200 without a body."""
    pickup_scope: Literal["can_respond", "all"] = "can_respond"
    """Whose queue Pickup takes from: the topics the caller may respond in, or all."""
    pickup_order: Literal["id", "requested_at"] = "id"
    """What "first" means."""
    away_may_pick_up: bool = True
    """Whether an agent who is not present may pick up."""
    system_user_may_pick_up: bool = False
    """Whether a system user may."""
    position_scope: Literal["topic", "tenant"] = "topic"
    """Among whom InitialQueuePos counts."""
    created_status: Literal["InQueue", "PreChatForm", "Faq"] = "InQueue"
    """The status of a session that the API creates."""
    status_after_pickup: Literal["CustomerLast", "UserLast"] = "CustomerLast"
    """Whether the welcome message counts as the agent having written last."""
    put_status_ends: bool = True
    """Whether a saved status of an ended session sets WhenEnded."""
    recent_hours: float = 8.0
    """How long ended sessions stay in ForCurrentUser."""
    page_size: int = 100
    """Rows of a page without ``$top``."""
    fraction_digits: int = 0
    """Digits of a second's fraction in dates, 0 to 7; captured answers have none."""
    time_zone: str = "Europe/Oslo"
    """The base time zone, in which dates stand that no time zone was asked for."""
    queue_length_column: Literal["position", "position_less_one"] = "position"
    """The archive's queueLength: InitialQueuePos, or those who waited before."""
    timespan_text: Literal["seconds", "marked"] = "seconds"
    """How a length of time is shown: 75, or [TS:75]."""
    access_token_lifetime_s: float = 3600.0
    """Of tokens from the token endpoint."""
    ticket_lifetime_s: float = 21_600.0
    """Of a ticket since it was last used."""
    forbidden_status: int = 403
    """Where a right is missing."""
    served_host: str = ""
    """The Host that the tenant is served under; another one gets 421. Empty: any."""
    error_text_key: Literal["ErrorMessage", "Message"] = "ErrorMessage"
    """The key of an error's text."""

    @property
    def created(self) -> ChatSessionStatus:
        """``created_status`` as the enum."""
        return ChatSessionStatus[self.created_status]


_BOUNDS: Final = {
    "recent_hours": (0, 1e6),
    "page_size": (1, 100_000),
    "fraction_digits": (0, 7),
    "access_token_lifetime_s": (0, 1e9),
    "ticket_lifetime_s": (0, 1e9),
    "forbidden_status": (400, 499),
}


def changed(settings: Settings, given: object) -> Settings:
    """The settings with other values, given by name, as text or as what they are.

    Raises:
        UsageError: there is no such setting, or the value is none of its.
    """
    if not isinstance(given, dict):
        raise UsageError("the settings are no mapping; give names with values")
    kinds = get_type_hints(Settings)
    values = {}
    for name, value in given.items():
        if name not in kinds:
            known = [each.name for each in fields(Settings)]
            raise UsageError(f"there is no setting {name!r}{did_you_mean(name, known)}")
        values[name] = _value(name, value, kinds[name])
    zone_of(values.get("time_zone", settings.time_zone))
    return replace(settings, **values)


def _value(name: str, given: Any, kind: Any) -> Any:
    """The value in the setting's own type; UsageError tells what it may be."""
    options = get_args(kind)
    if options:
        return _one_of(name, str(given), options)
    if kind is bool:
        return _one_of(name, str(given).lower(), ("true", "false")) == "true"
    if kind is str:
        return str(given)
    try:
        number = kind(str(given))
    except ValueError as error:
        wanted = "whole number" if kind is int else "number"
        raise UsageError(f"{name} is {given!r}; give a {wanted}") from error
    low, high = _BOUNDS[name]
    if not low <= number <= high:
        raise UsageError(f"{name} is {number}; give a number from {low} to {high:g}")
    return number


def _one_of(name: str, given: str, options: tuple[str, ...]) -> str:
    if given not in options:
        raise UsageError(f"{name} is {given!r}; give one of {', '.join(options)}")
    return given
