"""What is said of scenarios that cannot be: value, rule, remedy, and the line."""

from __future__ import annotations

import pytest

from simulator.engines.setting_up import MOST_TOPICS
from simulator.scenario import loads, notation
from tests.scenario.written import complaint, desk

FORECAST = "{forecast: [%s]}"
ROW = '{weekday: daily, start: "00:00", end: "24:00", Sales: %s}'

# story, parts of the desk, what is said
WRONG = [
    (
        "negative mean",
        {"work": "{exponential: {mean: -3s}}"},
        (
            "topics[Sales].work.exponential.mean is -3s; give a duration above 0, such as 7m30s "
            "(<text>:10)"
        ),
    ),
    (
        "no unit",
        {"work": "{fixed: 450}"},
        "topics[Sales].work.fixed is 450, which has no unit; write 450s, 450m or 450h (<text>:10)",
    ),
    (
        "unknown key",
        {"topic": "patince: {fixed: 3m}"},
        "unknown key topics[Sales].patince; did you mean 'patience'? (<text>:11)",
    ),
    (
        "unknown key far down",
        {"work": "{gamma: {meen: 3m, cv: 1}}"},
        "unknown key topics[Sales].work.gamma.meen; did you mean 'mean'?",
    ),
    (
        "unknown distribution",
        {"work": "{gama: {mean: 3m, cv: 1}}"},
        "unknown key topics[Sales].work.gama; did you mean 'gamma'?",
    ),
    (
        "two distributions",
        {"work": "{fixed: 3m, gamma: {mean: 3m, cv: 1}}"},
        "topics[Sales].work gives fixed and gamma; keep one",
    ),
    ("no distribution", {"work": "{}"}, "topics[Sales].work the distribution is missing"),
    (
        "half of the parameters",
        {"work": "{gamma: {mean: 3m}}"},
        "topics[Sales].work.gamma gives mean; give mean and cv or shape and scale",
    ),
    ("missing", {"work": "null"}, "topics[Sales].work is missing; write it (<text>:10)"),
    (
        "unknown topic",
        {"group": "wrap_up: {fixed: 3s}\nabsent: 1.5"},
        "agents[Desk].absent is 1.5; give a number below 1",
    ),
    (
        "transfer to an unknown topic",
        {"topic": "transfer: {to: {Slaes: 0.1}}"},
        "topics[Sales].transfer.to.Slaes is an unknown topic; did you mean 'Sales'? (<text>:11)",
    ),
    (
        "transfer to the same topic",
        {"topic": "transfer: {to: {Sales: 0.1}}"},
        "topics[Sales].transfer.to.Sales is the topic itself; name another one (<text>:11)",
    ),
    (
        "transfer probabilities over 1",
        {"topic": "transfer: {to: {Sales: 0.6, Support: 0.5}}"},
        "topics[Sales].transfer.to has probabilities that sum to 1.1; give at most 1 together",
    ),
    (
        "probability over 1",
        {"topic": "silent: {share: 25, timeout: 2m}"},
        "topics[Sales].silent.share is 25; give a number of 1 or less",
    ),
    (
        "rate below 0",
        {"arrivals": "{rate_per_hour: -6}"},
        "topics[Sales].arrivals.rate_per_hour is -6; give a number of 0 or more (<text>:9)",
    ),
    (
        "NaN",
        {"arrivals": "{rate_per_hour: nan}"},
        "topics[Sales].arrivals.rate_per_hour is nan; give a finite number",
    ),
    ("NaN as YAML has it", {"arrivals": "{rate_per_hour: .nan}"}, "rate_per_hour is .nan; give a"),
    (
        "two sources of arrivals",
        {"arrivals": "{rate_per_hour: 6, trace: [{at: 2026-03-23}]}"},
        "topics[Sales].arrivals gives rate_per_hour and trace; keep one",
    ),
    ("no source of arrivals", {"arrivals": "{scale: 2}"}, "the source of arrivals is missing"),
    (
        "a key of another source",
        {"arrivals": "{rate_per_hour: 6, shape: linear}"},
        "topics[Sales].arrivals.shape belongs to a forecast; take it out",
    ),
    (
        "a key of another source yet",
        {"arrivals": "{trace: [{at: 2026-03-23}], during: always}"},
        "topics[Sales].arrivals.during belongs to rate_per_hour; take it out",
    ),
    (
        "a scaled trace",
        {"arrivals": "{trace: [{at: 2026-03-23}], scale: 2}"},
        "topics[Sales].arrivals.scale does not go with trace",
    ),
    (
        "output shorter than the cap",
        {"group": "cap: 3\noutput: [1, 1.7]"},
        (
            "agents[Desk].output has length 2 with a cap of 3; give one number for each of "
            "1..3 open "
            "chats (<text>:17)"
        ),
    ),
    ("no output", {"group": "cap: 3"}, "agents[Desk] has a cap of 3 and no output; give r(1..3)"),
    (
        "output of nothing",
        {"group": "cap: 2\noutput: [1, 0]"},
        "agents[Desk].output[1] is 0; give a number above 0",
    ),
    (
        "output that is no number",
        {"group": "output: [fast]"},
        "agents[Desk].output[0] is 'fast'; give a number such as 1.7",
    ),
    (
        "unknown time zone",
        {"zone": "Europe/Olso"},
        (
            "timezone is 'Europe/Olso', which is no time zone; give an IANA name such as "
            "Europe/Oslo; "
            "did you mean 'Europe/Oslo'? (<text>:2)"
        ),
    ),
    ("time zone of nowhere", {"zone": "../../etc/passwd"}, "which is no time zone"),
    (
        "start with an offset",
        {"start": "2026-03-23T00:00+01:00"},
        "start is '2026-03-23T00:00+01:00'; leave the offset out",
    ),
    ("start of time", {"start": "0001-01-01"}, "start is '0001-01-01'; give a year from 1900 to"),
    ("start of nothing", {"start": "Monday"}, "start is 'Monday'; give a local time such as"),
    (
        "start in a gap",
        {"start": "2026-03-29T02:30"},
        (
            "start is no instant: 02:30 does not exist on 2026-03-29 in Europe/Oslo, where "
            "the clocks "
            "go forward; the nearest valid times are 01:59 and 03:00 (<text>:3)"
        ),
    ),
    ("no days", {"days": 0}, "days is 0; give a number of 1 or more (<text>:4)"),
    ("days in words", {"days": "seven"}, "days is seven; give a whole number"),
    (
        "unknown option",
        {"top": "routing: least_load"},
        (
            "routing is least_load; give one of least_loaded, longest_idle, fill_first; "
            "did you mean "
            "'least_loaded'?"
        ),
    ),
    ("unknown key at the top", {"top": "clossing: drain"}, "unknown key clossing; did you mean 'c"),
    ("warm-up of a day", {"top": "warm_up: 2h"}, "warm_up belongs to study: steady; take it out"),
    (
        "warm-up of all the time",
        {"top": "study: steady\nwarm_up: 24h"},
        "warm_up is as long as the simulated time; give less",
    ),
    ("interval", {"top": "interval: 7m"}, "interval is 7m; give a step that divides 24 hours"),
    ("name as a path", {"top": "about: x", "zone": "UTC", "days": "1\nstudy: x"}, "study is x;"),
    ("holiday", {"top": "holidays: {2026-03-23: shut}"}, "holidays of 2026-03-23 is 'shut'"),
    ("holidays", {"top": "holidays: [2026-03-23]"}, "holidays is no mapping"),
    ("holiday range", {"top": "holidays: {2026-03-23: mon-tue}"}, "give one weekday, or closed"),
    (
        "bad weekday in opening hours",
        {"topic": 'opening_hours: {mon-fry: ["08:00-18:00"]}'},
        "topics[Sales].opening_hours of mon-fry is 'mon-fry', which is no weekday",
    ),
    (
        "a weekday twice",
        {"topic": 'opening_hours: {mon-fri: ["08:00-18:00"], fri: ["08:00-14:00"]}'},
        "topics[Sales].opening_hours gives fri twice, by 'mon-fri' and 'fri'; keep one",
    ),
    (
        "closing before opening",
        {"topic": 'opening_hours: {mon: ["18:00-08:00"]}'},
        "opening_hours of mon ends at 08:00, before it starts at 18:00; give a later end",
    ),
    (
        "overlapping spans",
        {"topic": 'opening_hours: {mon: ["08:00-12:00", "11:00-18:00"]}'},
        "opening_hours of mon is 08:00-12:00 and 11:00-18:00, which overlap",
    ),
    (
        "lunch when nobody is there",
        {"topic": 'opening_hours: {mon: ["13:00-18:00"], lunch: "12:00-12:30"}'},
        (
            "topics[Sales].opening_hours of lunch is 12:00-12:30, outside every span of every day; "
            "move it into one, or take it out (<text>:11)"
        ),
    ),
    (
        "a threshold as it was written",
        {"top": "service_level: {threshold: -60s}"},
        "service_level.threshold is -60s; give a duration above 0, such as 7m30s (<text>:5)",
    ),
    ("an interval as it was written", {"top": "interval: 420s"}, "interval is 420s; give a step"),
    (
        "more slots than the desk's sets hold",
        {"group": "cap: 63"},
        "agents[Desk].cap is 63; give a number of 62 or less (<text>:16)",
    ),
    (
        "two lunches",
        {"topic": 'opening_hours: {mon: ["08:00-18:00"], lunch: ["11:00-12:00", "14:00-15:00"]}'},
        "opening_hours of lunch has 2 spans; give one",
    ),
    ("hours as text", {"topic": 'opening_hours: "08:00-18:00"'}, "opening_hours is no mapping"),
    (
        "night hours that run into the morning's",
        {"topic": 'opening_hours: {mon: ["20:00-06:00+1"], tue: ["05:00-08:00"]}', "days": 2},
        "topics[Sales].opening_hours overlaps",
    ),
    (
        "opening edge in a gap",
        {
            "topic": 'opening_hours: {sun: ["02:30-18:00"]}',
            "start": "2026-03-29",
        },
        (
            "topics[Sales].opening_hours has an edge at a time that is not there: 02:30 does not "
            "exist on 2026-03-29 in Europe/Oslo, where the clocks go forward; the nearest "
            "valid times "
            "are 01:59 and 03:00 (<text>:11)"
        ),
    ),
    ("no limit", {"topic": "offline_form: {taken_by: 1}"}, "topics[Sales].offline_form has no lim"),
    (
        "and of one",
        {"topic": "offline_form: {after: 5m, join: and, taken_by: 1}"},
        "topics[Sales].offline_form.join is 'and' with only after given; give both limits",
    ),
    (
        "too many attempts",
        {"topic": "retry: {probability: 0.5, delay: {fixed: 1m}, at_most: 100}"},
        "topics[Sales].retry.at_most is 100; give a number of 64 or less",
    ),
    (
        "work that never ends",
        {"work": "{survival: {curve: [[60, 0.5]], tail: never}}"},
        "topics[Sales].work may never end; give it a tail that does",
    ),
    (
        "a curve that rises",
        {"work": "{survival: {curve: [[60, 0.5], [90, 0.6]], tail: end}}"},
        "topics[Sales].work cannot be: survival 0.6 follows 0.5",
    ),
    (
        "uniform upside down",
        {"work": "{uniform: {low: 3m, high: 90s}}"},
        "topics[Sales].work.uniform.high is 90s, below the low of 3m; give at least the low",
    ),
    (
        "an impossible part of a mixture",
        {"work": "{mixture: [{weight: 1, fixed: 3m}, {weight: 1, exponential: {mean: 0s}}]}"},
        "topics[Sales].work.mixture[1].exponential.mean is 0s; give a duration above 0",
    ),
    ("mixture of nothing", {"work": "{mixture: []}"}, "topics[Sales].work.mixture is an empty lis"),
    ("nobody", {"people": "cap: 1"}, "agents[Desk] has no agents; give count, names, roster or"),
    (
        "count and names",
        {"people": "count: 2", "group": "names: [Ada]"},
        "agents[Desk] gives count and names, which contradict each other; keep one",
    ),
    (
        "roster and staffing",
        {"people": "roster: r.csv", "group": "staffing: s.csv"},
        "agents[Desk] gives roster and staffing, which contradict each other",
    ),
    ("namesakes", {"people": "names: [Ada, Ada]"}, "has an agent 'Ada', and so has the group"),
    (
        "a shared factor of no shape",
        {"top": "shared: true"},
        "shared is true, but the topics' day factors have 0 shapes",
    ),
    (
        "a shared factor and another",
        {
            "top": "day_factor: {gamma_shape: 60}",
            "arrivals": "{rate_per_hour: 6, day_factor: {gamma_shape: 50}}",
        },
        "day_factor is shared, but a topic has another of its own; keep one",
    ),
    ("yes and no", {"top": "day_factor: {gamma_shape: 60, shared: maybe}"}, "give true or false"),
    ("a file that is not there", {"people": "roster: r.csv"}, "there is no file r.csv (looked for"),
    ("a file of another kind", {"people": "roster: pyproject.toml"}, "is neither CSV nor Excel"),
    ("no table at all", {"people": "roster: 5"}, "there is no file 5"),
    ("rows that are none", {"people": "roster: [5]"}, "roster is neither a file nor rows"),
]


@pytest.mark.parametrize(("story", "parts", "said"), WRONG, ids=[row[0] for row in WRONG])
def test_what_cannot_be_is_said_with_its_remedy(story: str, parts: dict[str, str], said: str):
    assert said in complaint(desk(**parts))


TWO_TOPICS = """
name: two
timezone: UTC
start: 2026-03-23
days: 1
topics:
  - {id: 1, name: Sales, arrivals: {rate_per_hour: 6}, work: {fixed: 5m}}
  - {id: %s, name: %s, arrivals: {rate_per_hour: 6}, work: {fixed: 5m}}
agents:
  - {group: Desk, count: 1, topics: [%s]}
"""


def test_topic_ids_are_unique():
    said = complaint(TWO_TOPICS % (1, "Support", "Sales, Support"))
    assert said == "topics[Support].id is 1, as in line 7; give each its own (<text>:8)"


def test_topic_names_are_unique():
    assert "topics[Sales].name is Sales, as in line 7" in complaint(
        TWO_TOPICS % (2, "Sales", "Sales")
    )


def test_agents_answer_topics_that_there_are():
    said = complaint(TWO_TOPICS % (2, "Support", "Sales, Suport, Support"))
    assert said == (
        "agents[Desk].topics[1] is 'Suport', an unknown topic; did you mean 'Support'? (<text>:10)"
    )


def test_a_topic_is_named_once():
    assert "is 'Sales' for the second time" in complaint(
        TWO_TOPICS % (2, "Support", "Sales, Support, Sales")
    )


def test_a_topic_that_nobody_answers_is_a_mistake():
    said = complaint(TWO_TOPICS % (2, "Support", "Sales"))
    assert said.startswith("topics[Support] is answered by no group; name it in the topics of one")


def test_a_misspelt_topic_does_not_make_the_one_meant_unanswered():
    (said,) = complaint(TWO_TOPICS % (2, "Support", "Sales, Suport")).splitlines()
    assert "'Suport', an unknown topic; did you mean 'Support'?" in said


# what stands in the group or topic, the one thing said of it
MISSPELT = [
    ({"group": "capp: 2\noutput: [1, 1.7]"}, "agents[Desk].capp; did you mean 'cap'?"),
    ({"group": "cap: 2\noutputs: [1, 1.7]"}, "agents[Desk].outputs; did you mean 'output'?"),
    ({"people": "cuont: 2"}, "agents[Desk].cuont; did you mean 'count'?"),
    ({"work": "{gama: {mean: 3m, cv: 1}}"}, "topics[Sales].work.gama; did you mean 'gamma'?"),
    ({"work": "{gamma: {meen: 3m, cv: 1}}"}, "topics[Sales].work.gamma.meen; did you mean 'mean'?"),
    ({"topic": "silent: {shar: 0.1, timeout: 2m}"}, "silent.shar; did you mean 'share'?"),
]


@pytest.mark.parametrize(("parts", "said"), MISSPELT)
def test_of_a_misspelt_key_nothing_is_said_but_that(parts: dict[str, str], said: str):
    (told,) = complaint(desk(**parts)).splitlines()
    assert told.startswith("unknown key ")
    assert said in told


@pytest.mark.parametrize("key", ["absnt", "capp"])
def test_a_misspelt_key_hides_no_other_error_between_keys(key: str):
    told = complaint(desk(group=f"{key}: 1\ncap: 2\noutput: [1]")).splitlines()
    assert [line.partition(";")[0] for line in told] == [
        f"unknown key agents[Desk].{key}",
        "agents[Desk].output has length 1 with a cap of 2",
    ]


def many_topics(count: int) -> str:
    names = [f"Topic {number}" for number in range(1, count + 1)]
    rows = [
        f"  - {{id: {number}, name: {name}, arrivals: {{rate_per_hour: 6}}, work: {{fixed: 5m}}}}"
        for number, name in enumerate(names, start=1)
    ]
    head = ["name: many", "timezone: UTC", "start: 2026-03-23", "days: 1", "topics:"]
    tail = ["agents:", f"  - {{group: Desk, count: 1, topics: [{', '.join(names)}]}}"]
    return "\n".join([*head, *rows, *tail])


def test_there_are_no_more_topics_than_the_desk_holds():
    assert len(loads(many_topics(MOST_TOPICS)).topics) == notation.MOST_TOPICS
    said = complaint(many_topics(MOST_TOPICS + 1))
    assert said == "topics has 63 items; give at most 62 (<text>:5)"


def test_all_errors_of_a_file_are_told_together_with_their_lines():
    text = desk(
        top="routing: fastest\nclossing: drain",
        work="{exponential: {mean: -3s}}",
        topic="patince: {fixed: 3m}",
        zone="Europe/Olso",
        group="topics2: [Sales]\noutput: [1, 2]",
    )
    lines = complaint(text).splitlines()
    told = sorted(int(line.rpartition(":")[2].rstrip(")")) for line in lines)
    assert told == [2, 5, 6, 11, 12, 17, 18]


def test_names_and_tables_are_checked_although_another_topic_has_an_error():
    text = TWO_TOPICS % (2, "Support", "Sales, Suport")
    text = text.replace("work: {fixed: 5m}}\n  - {id: 2", "work: {fixed: 5}}\n  - {id: 2")
    text += "  - {group: Night, roster: nothing.csv, topics: [Sales, Support]}\n"
    said = complaint(text)
    assert "topics[Sales].work.fixed is 5, which has no unit" in said
    assert "is 'Suport', an unknown topic; did you mean 'Support'?" in said
    assert "there is no file nothing.csv" in said
    assert len(said.splitlines()) == 3


def test_missing_keys_are_named():
    said = complaint("name: x\ntopics: []\nagents: []")
    for message in ("timezone is missing", "start is missing", "days is missing"):
        assert message in said
    assert "topics is an empty list; give at least one item" in said
