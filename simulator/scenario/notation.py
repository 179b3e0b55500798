"""The keys of a scenario file: what may be written, of what kind, and between which bounds.

Nothing here looks into tables, turns local time into instants or compares names; ``reading`` does.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    ValidationInfo,
    WithJsonSchema,
    WrapValidator,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from simulator.scenario.days import WEEKDAYS, days_text, parse_date, parse_days
from simulator.scenario.durations import duration_text, parse_duration, parse_span, span_text

__all__ = [
    "ArrivalsNotation",
    "DistributionNotation",
    "GroupNotation",
    "Hours",
    "Notation",
    "ScenarioNotation",
    "TopicNotation",
]

Handler = Callable[[object], Decimal]

_DURATION_SCHEMA = {
    "type": ["string", "integer"],
    "pattern": r"^\s*((\d+(\.\d*)?|\.\d+)\s*(us|µs|ms|s|m|min|h|d)\s*)+$|^0$",
    "maximum": 0,
    "description": "A duration with its unit: 20s, 7m30s, 1h.",
    "examples": ["20s", "7m30s", "1h"],
}
_SPAN = r"\d{1,2}:\d{2}(:\d{2})?\s*[-–]\s*\d{1,2}:\d{2}(:\d{2})?(\+1)?"
_HOURS_SCHEMA = {
    "type": "object",
    "description": (
        "Spans by weekday (mon, mon-fri, daily) or date, such as "
        '{mon-fri: ["08:00-12:00", "13:00-18:00"], sat: "10:00-15:00", lunch: "12:00-12:30"}.'
    ),
    "additionalProperties": {
        "anyOf": [
            {"type": "string", "pattern": f"^({_SPAN}|closed)$"},
            {"type": "array", "items": {"type": "string", "pattern": f"^{_SPAN}$"}},
        ]
    },
}
_TABLE_SCHEMA: dict[str, Any] = {
    "description": "A CSV or Excel file beside the scenario (file.xlsx#Sheet), or its rows.",
    "anyOf": [
        {"type": "string"},
        {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": {"type": ["string", "number", "null", "array"]},
            },
        },
    ],
}


MOST_TOPICS = 62
MOST_SLOTS = 62
"""What the desk's sets hold: topics, and an agent's slots, are bits of a whole number."""


def _read_duration(value: object) -> Decimal:
    if isinstance(value, Decimal):
        return value
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(f"is {value!r}; give a duration such as 20s, 7m30s or 1h")  # noqa: TRY004
    return parse_duration(str(value))


def _read_not_negative(value: object) -> Decimal:
    seconds = _read_duration(value)
    if seconds < 0:
        raise ValueError(f"is {value}; give a duration of 0s or more")
    return seconds


def _read_positive(value: object) -> Decimal:
    seconds = _read_duration(value)
    if seconds <= 0:
        raise ValueError(f"is {value}; give a duration above 0, such as 7m30s")
    return seconds


Duration = Annotated[
    Decimal,
    BeforeValidator(_read_not_negative),
    PlainSerializer(duration_text, return_type=str),
    WithJsonSchema(_DURATION_SCHEMA),
]
"""Seconds, 0 or more."""
PositiveDuration = Annotated[
    Decimal,
    BeforeValidator(_read_positive),
    PlainSerializer(duration_text, return_type=str),
    WithJsonSchema(_DURATION_SCHEMA),
]
Probability = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]


def _read_hours(value: object) -> dict[str, tuple[tuple[int, int], ...]]:
    """Spans by key, in the key's one form; ``lunch`` is a key of its own."""
    if not isinstance(value, dict):
        raise ValueError('is no mapping; write {mon-fri: ["08:00-18:00"]}')  # noqa: TRY004
    hours: dict[str, tuple[tuple[int, int], ...]] = {}
    seen: dict[int | date, str] = {}
    for key, written in value.items():
        try:
            spans = _read_spans(written)
            if key == "lunch":
                hours[key] = _one_span(spans)
                continue
            days = parse_days(key)
        except ValueError as error:
            raise ValueError(f"of {key} {error}") from None
        for day in days if isinstance(days, tuple) else (days,):
            if day in seen:
                named = WEEKDAYS[day] if isinstance(day, int) else day
                raise ValueError(f"gives {named} twice, by '{seen[day]}' and '{key}'; keep one")
            seen[day] = key
        hours[days_text(days)] = spans
    _check_lunch(hours)
    return hours


def _check_lunch(hours: dict[str, tuple[tuple[int, int], ...]]) -> None:
    """A lunch that no span knows would go unnoticed."""
    spans = [span for key, spans in hours.items() if key != "lunch" for span in spans]
    for from_lunch, until_lunch in hours.get("lunch", ()):
        if not any(from_lunch < ends and starts < until_lunch for starts, ends in spans):
            raise ValueError(
                f"of lunch is {span_text((from_lunch, until_lunch))}, outside every span of every "
                "day; move it into one, or take it out"
            )


def _read_spans(written: object) -> tuple[tuple[int, int], ...]:
    if written in ("closed", None):
        return ()
    items = written if isinstance(written, list) else [written]
    spans = sorted(parse_span(str(item)) for item in items)
    for (_, ends), (starts, _) in itertools.pairwise(spans):
        if starts < ends:
            both = " and ".join(str(item) for item in items)
            raise ValueError(f"is {both}, which overlap; give spans one after the other")
    return tuple(spans)


def _one_span(spans: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
    if len(spans) != 1:
        raise ValueError(f"has {len(spans)} spans; give one, such as 12:00-12:30")
    return spans


def _write_hours(hours: dict[str, tuple[tuple[int, int], ...]]) -> dict[str, Any]:
    return {
        key: span_text(spans[0]) if key == "lunch" else [span_text(span) for span in spans]
        for key, spans in hours.items()
    }


Hours = Annotated[
    dict[str, tuple[tuple[int, int], ...]],
    PlainValidator(_read_hours),
    PlainSerializer(_write_hours),
    WithJsonSchema(_HOURS_SCHEMA),
]


def _read_table(value: object) -> str | list[dict[str, object]]:
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(row, dict) for row in value):
        return value
    raise ValueError("is neither a file nor rows; name a CSV or Excel file, or list the rows")


def _read_instants(value: object) -> str | list[dict[str, object]]:
    if isinstance(value, list):
        value = [{"at": item} if isinstance(item, str) else item for item in value]
    return _read_table(value)


Instants = Annotated[
    str | list[dict[str, object]],
    PlainValidator(_read_instants),
    WithJsonSchema(
        {
            "description": "A table with a column at (and topic), its rows, or bare instants.",
            "anyOf": [*_TABLE_SCHEMA["anyOf"], {"type": "array", "items": {"type": "string"}}],
        }
    ),
]
Table = Annotated[
    str | list[dict[str, object]], PlainValidator(_read_table), WithJsonSchema(_TABLE_SCHEMA)
]


class Notation(BaseModel):
    """Unknown keys are refused; no number may be infinite or NaN."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, allow_inf_nan=False, use_attribute_docstrings=True
    )

    def given(self, *names: str) -> list[str]:
        """Which of these keys are there."""
        return [name for name in names if getattr(self, name) is not None]


def wrong(key: str, message: str) -> PydanticCustomError:
    """An error about one key of a mapping whose keys are each right by themselves."""
    return PydanticCustomError("wrong_key", "{message}", {"key": key, "message": message})


def _exactly_one(model: Notation, names: tuple[str, ...], what: str) -> None:
    found = model.given(*names)
    if not found:
        raise ValueError(f"{what} is missing; give one of {', '.join(names)}")
    if len(found) > 1:
        raise ValueError(f"gives {' and '.join(found)}; keep one (null takes an inherited one out)")


def _one_of(model: Notation, *ways: tuple[str, ...]) -> None:
    """The keys given must be exactly one of these ways to write the same thing."""
    every = tuple(dict.fromkeys(name for way in ways for name in way))
    if set(model.given(*every)) not in [set(way) for way in ways]:
        found = " and ".join(model.given(*every)) or "nothing"
        raise ValueError(f"gives {found}; give {' or '.join(' and '.join(way) for way in ways)}")


class ExponentialNotation(Notation):
    mean: PositiveDuration | None = None
    rate_per_hour: Positive | None = None
    """1 / mean."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        _one_of(self, ("mean",), ("rate_per_hour",))
        return self


class ErlangNotation(Notation):
    k: Annotated[int, Field(ge=1)]
    mean: PositiveDuration


class GammaNotation(Notation):
    mean: PositiveDuration | None = None
    cv: Positive | None = None
    shape: Positive | None = None
    scale: PositiveDuration | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        _one_of(self, ("mean", "cv"), ("shape", "scale"))
        return self


Unit = Literal["us", "ms", "s", "m", "h"]


class LognormalNotation(Notation):
    mean: PositiveDuration | None = None
    cv: Positive | None = None
    log_mean: float | None = None
    log_sd: Positive | None = None
    unit: Unit | None = None
    """Of the logged durations."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        _one_of(self, ("mean", "cv"), ("log_mean", "log_sd", "unit"))
        return self


class WeibullNotation(Notation):
    mean: PositiveDuration | None = None
    shape: Positive | None = None
    scale: PositiveDuration | None = None
    cv: Positive | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        _one_of(self, ("mean", "shape"), ("scale", "shape"), ("mean", "cv"))
        return self


class HyperexponentialNotation(Notation):
    mean: PositiveDuration
    cv: Annotated[float, Field(ge=1)]


class UniformNotation(Notation):
    low: Duration
    high: Duration

    @field_validator("high", mode="wrap")
    @classmethod
    def _check(cls, value: object, read: Handler, given: ValidationInfo) -> Decimal:
        low, high = given.data.get("low"), read(value)
        if low is not None and high < low:
            low = duration_text(low)
            raise ValueError(f"is {value}, below the low of {low}; give at least the low")
        return high


class EmpiricalNotation(Notation):
    file: str | None = None
    """A table with a column ``value`` (seconds, or by ``unit``) and perhaps ``weight``."""
    unit: Unit = "s"
    values: list[NotNegative] | None = None
    weights: list[NotNegative] | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        _one_of(self, ("file",), ("values",), ("values", "weights"))
        return self


class SurvivalNotation(Notation):
    file: str | None = None
    """A table with columns ``time`` (seconds, or by ``unit``) and ``survival``."""
    unit: Unit = "s"
    curve: list[tuple[NotNegative, Probability]] | None = None
    """Points [time, survival] in place of a file."""
    tail: Literal["exponential", "end", "never"]
    """What follows the last point: a constant hazard, all at once, or nothing ever."""
    tail_mean: PositiveDuration | None = None
    """Of the exponential tail; left out: as the second half of the curve shows."""
    between: Literal["linear", "steps"] = "linear"
    """Whether the mass between two points is spread evenly or falls on the later one."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        _one_of(self, ("file",), ("curve",))
        return self


def _as_file(value: object) -> object:
    return {"file": value} if isinstance(value, str) else value


DISTRIBUTIONS = (
    "fixed",
    "exponential",
    "erlang",
    "gamma",
    "lognormal",
    "weibull",
    "hyperexponential",
    "uniform",
    "empirical",
    "survival",
    "mixture",
)


class DistributionNotation(Notation):
    """A distribution of durations: exactly one of these keys."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1, "maxProperties": 1})

    fixed: Duration | None = None
    exponential: ExponentialNotation | None = None
    erlang: ErlangNotation | None = None
    gamma: GammaNotation | None = None
    lognormal: LognormalNotation | None = None
    weibull: WeibullNotation | None = None
    hyperexponential: HyperexponentialNotation | None = None
    uniform: UniformNotation | None = None
    empirical: Annotated[EmpiricalNotation, BeforeValidator(_as_file)] | None = None
    survival: SurvivalNotation | None = None
    mixture: Annotated[list[MixturePart], Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        _exactly_one(self, DISTRIBUTIONS, "the distribution")
        return self


class MixturePart(DistributionNotation):
    """One part of a mixture: its weight and its distribution."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 2, "maxProperties": 2})

    weight: NotNegative


class DayFactor(Notation):
    gamma_shape: Positive
    """Shape a of the day's busyness, Gamma with mean 1: Var(count) = m + m²/a."""


class SharedDayFactor(DayFactor):
    shared: bool = True
    """One factor for all topics; false: one each, for topics without their own."""


class PeriodFactorNotation(Notation):
    """Busy and quiet hours within a day, beyond what the forecast knows."""

    gamma_shape: Positive
    """Shape of each period's busyness, Gamma with mean 1; beside the day factor."""
    every: PositiveDuration = Decimal(3600)
    """The length of a period, counted from local midnight; a whole number of them makes a day."""
    correlation: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Between neighbouring periods of a day (of the normal copula)."""

    @field_validator("every")
    @classmethod
    def _check_divides(cls, every: Decimal) -> Decimal:
        if every < 60 or 86_400 % every:
            raise ValueError("does not divide a day; give 15m, 30m, 1h, 2h or the like, from 1m")
        return every


SOURCES = ("forecast", "rate_per_hour", "trace", "resample")


class ArrivalsNotation(Notation):
    """Who comes when: exactly one of forecast, rate_per_hour, trace and resample."""

    forecast: Table | None = None
    """weekday or date, start, end, then a column of expected chats per topic."""
    column: str | None = None
    """The forecast's column; left out: the topic's name."""
    shape: Literal["constant", "linear"] | None = None
    """The rate within a forecast interval; left out: constant."""
    rate_per_hour: NotNegative | None = None
    during: Literal["opening_hours", "always"] | None = None
    """When rate_per_hour holds: while the topic is open (lunch included; default), or always."""
    trace: Instants | None = None
    """Recorded instants, column ``at`` (and ``topic``), repeated as they are."""
    resample: Instants | None = None
    """Recorded instants; each simulated date repeats one recorded day of the same weekday."""
    scale: NotNegative = 1.0
    """Multiplies the expected counts."""
    day_factor: DayFactor | None = None
    period_factor: PeriodFactorNotation | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        _exactly_one(self, SOURCES, "the source of arrivals")
        if self.forecast is None and (stray := self.given("column", "shape")):
            raise wrong(stray[0], "belongs to a forecast; take it out")
        if self.rate_per_hour is None and self.during is not None:
            raise wrong("during", "belongs to rate_per_hour; take it out")
        recorded = self.given("trace", "resample")
        factors = self.given("day_factor", "period_factor")
        if recorded and (self.scale != 1 or factors):
            stray_key = "scale" if self.scale != 1 else factors[0]
            raise wrong(stray_key, f"does not go with {recorded[0]}; recorded arrivals stay as is")
        return self


class SilentNotation(Notation):
    share: Probability
    """Of those who lose patience."""
    timeout: PositiveDuration
    """The work that such a chat takes."""


class OfflineFormNotation(Notation):
    after: PositiveDuration | None = None
    queue_length: Annotated[int, Field(ge=1)] | None = None
    join: Literal["or", "and"] = "or"
    taken_by: Probability

    @model_validator(mode="after")
    def _check(self) -> Self:
        limits = self.given("after", "queue_length")
        if not limits:
            raise ValueError("has no limit; give after, queue_length or both")
        if self.join == "and" and len(limits) == 1:
            raise wrong("join", f"is 'and' with only {limits[0]} given; give both limits")
        return self


class RetryNotation(Notation):
    probability: Probability
    delay: DistributionNotation
    at_most: Annotated[int, Field(ge=1, le=64)] = 64
    """Attempts of one customer, the first included; 64 stands for unlimited."""


class TransferNotation(Notation):
    to: dict[str, Probability]
    """Probability by name of the target topic."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (total := sum(self.to.values())) > 1 + 1e-9:
            raise wrong("to", f"has probabilities that sum to {total:g}; give at most 1 together")
        return self


class WarningsNotation(Notation):
    agents_after: PositiveDuration | None = None
    managers_after: PositiveDuration | None = None


class TopicNotation(Notation):
    """A chat topic: when it is open, who comes, and what becomes of them."""

    id: Annotated[int, Field(ge=1, le=2**31 - 1)]
    """The topic's number for good: its random streams hang on it, and it is TopicId."""
    name: Annotated[str, Field(min_length=1)]
    opening_hours: Hours | None = None
    """Left out: always open."""
    arrivals: ArrivalsNotation
    work: DistributionNotation
    """Seconds at solo speed."""
    patience: DistributionNotation | None = None
    """From the request; left out: nobody gives up."""
    reaction: DistributionNotation | None = None
    """How long the agent takes to pick up; left out: no time."""
    silent: SilentNotation | None = None
    offline_form: OfflineFormNotation | None = None
    retry: RetryNotation | None = None
    transfer: TransferNotation | None = None
    warnings: WarningsNotation | None = None


def _read_factor(text: str) -> str:
    """An entry of r(k), kept as written so that an exact fraction can be made of it."""
    try:
        factor = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"is {text!r}; give a number such as 1.7") from None
    if not factor.is_finite() or factor <= 0:
        raise ValueError(f"is {text}; give a number above 0")
    return text


Factor = Annotated[
    str,
    AfterValidator(_read_factor),
    PlainSerializer(Decimal, return_type=Decimal),
    WithJsonSchema({"type": "number", "exclusiveMinimum": 0}),
]


class GroupNotation(Notation):
    """Agents alike: who they are (count, names, roster or staffing), and what they can do."""

    group: Annotated[str, Field(min_length=1)]
    count: Annotated[int, Field(ge=1)] | None = None
    names: Annotated[list[str], Field(min_length=1)] | None = None
    hours: Hours | None = None
    """When agents by count or names are on duty; left out: always."""
    roster: Table | None = None
    """agent, weekday or date, start, end, breaks."""
    staffing: Table | None = None
    """weekday or date, start, end, agents."""
    topics: Annotated[list[str], Field(min_length=1)]
    cap: Annotated[int, Field(ge=1, le=MOST_SLOTS)] = 1
    output: list[Factor] | None = None
    """r(1..cap): total output with 1..cap open chats; may be left out when cap is 1."""
    wrap_up: DistributionNotation | None = None
    absent: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Probability that an agent is absent for a day."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        self._check_people()
        output = ["1"] if self.output is None and self.cap == 1 else self.output
        if output is None:
            raise ValueError(f"has a cap of {self.cap} and no output; give r(1..{self.cap})")
        if len(output) != self.cap:
            raise wrong(
                "output",
                f"has length {len(output)} with a cap of {self.cap}; "
                f"give one number for each of 1..{self.cap} open chats",
            )
        return self

    def _check_people(self) -> None:
        if not self.given("count", "names", "roster", "staffing"):
            raise ValueError("has no agents; give count, names, roster or staffing")
        for one, other in (
            ("count", "names"),
            ("count", "roster"),
            ("roster", "staffing"),
            ("hours", "roster"),
            ("hours", "staffing"),
        ):
            if len(self.given(one, other)) == 2:
                raise ValueError(
                    f"gives {one} and {other}, which contradict each other; keep one "
                    "(null takes an inherited one out)"
                )


class ServiceLevelNotation(Notation):
    threshold: PositiveDuration = Decimal(60)
    definition: Literal["of_all", "of_served", "excl_short_abandons"] = "of_all"
    target: Probability = 0.80


def _read_zone(name: str) -> str:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

    from simulator.scenario.complaints import known_names

    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        hint = known_names(name, sorted(available_timezones()))
        raise ValueError(
            f"is '{name}', which is no time zone; give an IANA name such as Europe/Oslo{hint}"
        ) from None
    return name


def _read_start(text: str) -> str:
    """A local date or date and time, in its one form."""
    try:
        start = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"is {text!r}; give a local time such as 2026-03-23T00:00") from None
    if not 1900 <= start.year <= 2200:
        raise ValueError(f"is {text!r}; give a year from 1900 to 2200")
    if start.tzinfo is not None:
        raise ValueError(f"is {text!r}; leave the offset out, the time is local to timezone")
    whole_minutes = not (start.second or start.microsecond)
    return start.isoformat(timespec="minutes" if whole_minutes else "auto")


def _read_name(text: str) -> str:
    if not re.fullmatch(r"\w[\w .+-]*", text):
        raise ValueError(f"is {text!r}; use letters, digits, blanks and _ . + - (it names files)")
    return text


def _read_holidays(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        raise ValueError("is no mapping; write {2026-12-25: closed}")  # noqa: TRY004
    holidays = {}
    for key, goes_like in value.items():
        try:
            day = parse_date(str(key)).isoformat()
            days = None if goes_like == "closed" else parse_days(str(goes_like))
        except ValueError as error:
            raise ValueError(f"of {key} {error}, or closed") from None
        if isinstance(days, date) or (days is not None and len(days) != 1):
            raise ValueError(f"of {key} is {goes_like!r}; give one weekday, or closed")
        holidays[day] = "closed" if days is None else WEEKDAYS[days[0]]
    return dict(sorted(holidays.items()))


_HOLIDAYS_SCHEMA = {
    "type": "object",
    "description": "Dates that go like another weekday, or are closed: {2026-12-25: closed}.",
    "additionalProperties": {"type": "string"},
}


def _read_warm_up(value: object) -> Decimal | Literal["mser5"]:
    return "mser5" if value == "mser5" else _read_positive(value)


def _write_warm_up(value: Decimal | Literal["mser5"]) -> str:
    return value if isinstance(value, str) else duration_text(value)


WarmUp = Annotated[
    Decimal | Literal["mser5"],
    PlainValidator(_read_warm_up),
    PlainSerializer(_write_warm_up, return_type=str),
    WithJsonSchema({"anyOf": [{"const": "mser5"}, _DURATION_SCHEMA]}),
]


def _dividing_a_day(value: object, read: Handler) -> Decimal:
    step = read(value)
    if Decimal(86_400) % step != 0:
        raise ValueError(f"is {value}; give a step that divides 24 hours")
    return step


class ScenarioNotation(Notation):
    """A chat desk: its topics, its agents, and how the two meet."""

    name: Annotated[str, AfterValidator(_read_name)]
    about: str = ""
    extends: str | None = None
    """Another scenario file, over which this one is merged."""
    timezone: Annotated[str, AfterValidator(_read_zone)]
    """IANA name; all times of day are local to it."""
    start: Annotated[str, AfterValidator(_read_start)]
    """The first instant simulated, local."""
    days: Annotated[int, Field(ge=1, le=36_500)]
    study: Literal["terminating", "steady"] = "terminating"
    warm_up: WarmUp | None = None
    """For a steady study: mser5 (default) or a duration."""
    holidays: (
        Annotated[dict[str, str], PlainValidator(_read_holidays), WithJsonSchema(_HOLIDAYS_SCHEMA)]
        | None
    ) = None
    day_factor: SharedDayFactor | None = None
    shared: bool | None = None
    """true: the topics' day factors, which must have one shape, are one factor for all."""
    topics: Annotated[list[TopicNotation], Field(min_length=1, max_length=MOST_TOPICS)]
    agents: Annotated[list[GroupNotation], Field(min_length=1)]
    routing: Literal["least_loaded", "longest_idle", "fill_first"] = "least_loaded"
    queue_position: Literal["topic", "tenant"] = "topic"
    closing: Literal["serve_out", "drain", "clear"] = "serve_out"
    service_level: ServiceLevelNotation = ServiceLevelNotation()
    interval: Annotated[PositiveDuration, WrapValidator(_dividing_a_day)] = Decimal(1800)
    """The step of figures by interval, counted from local midnight."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.study == "terminating" and self.warm_up is not None:
            raise wrong("warm_up", "belongs to study: steady; take it out")
        return self
