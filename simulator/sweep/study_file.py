"""A study file: a base scenario, what varies by path, and how long each case is simulated.

::

    name: how_many_generalists
    base: ../scenarios/chat_desk.yaml
    vary: {agents[Generalists].count: [3, 4, 5], topics[Sales].arrivals.scale: [0.9, 1, 1.1]}
    replications: 100
    seed: 1
    stop: {figure: service_level.of_all, half_width: 0.01, at_least: 20}

``vary`` is a grid; ``cases`` lists changes by name, and with ``vary`` each of them goes over the
whole grid. Paths of files, the base's and those of tables, start from the study file.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from simulator.errors import ParameterError, Place, ScenarioError
from simulator.scenario import documents
from simulator.scenario.complaints import Complaints
from simulator.scenario.keys import Keys
from simulator.scenario.reading import from_tree
from simulator.scenario.writing import scenario_hash
from simulator.spelling import did_you_mean
from simulator.sweep.cases import Axis, Case, Listed, Setting, cases
from simulator.sweep.ending import Choose, Stop, choose_of, stop_of
from simulator.sweep.naming import value_text
from simulator.sweep.paths import ScenarioPath, parse_path

if TYPE_CHECKING:
    from simulator.scenario.documents import Entry

__all__ = ["Case", "Choose", "Stop", "Study", "read_study", "study_hash"]

KEYS = (
    *("name", "about", "base", "vary", "cases", "replications", "seed"),
    *("stop", "choose", "intervals", "sessions", "cost"),
)
REPLICATIONS = 100

_NAME = re.compile(r"\w[\w .+-]*")
_QUOTED_OR_PATH = re.compile(
    r"""
    (?<=[\s,\[{]) (?: "(?:[^"\\\n]|\\.)*" | '[^'\n]*' | \#.* )    # left as it is
  | (?<![\w.\]])                                                  # a key that begins here
    (?P<path> [a-z_]+ (?: \.[\w-]+ )* \[[^\]\n"']+\]              # with brackets
              (?: \.[\w-]+ | \[[^\]\n"']+\] )* )
    (?= \s* : \s )
    """,
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Study:
    """Scenarios that differ in a few things, and how they are simulated."""

    name: str
    about: str
    base: str
    """The base scenario's file, as written."""
    cases: tuple[Case, ...]
    replications: int
    """Of each case; with ``stop`` or ``choose`` the most."""
    seed: int
    stop: Stop | None
    choose: Choose | None
    intervals: bool
    """Whether totals are kept by interval, too."""
    sessions: frozenset[int] | None
    """Replications whose sessions are kept; None stands for all."""
    cost_per_agent_hour: float | None
    """In money of any kind; None: costs are counted in agent hours."""
    paths: tuple[str, ...]
    """What varies: those of the grid, then those of listed cases."""
    text: str
    """All of this as JSON, each scenario by its hash: the same for the same study."""


def study_hash(study: Study) -> str:
    """SHA-256 of the study's text, hexadecimal: what makes two studies the same."""
    return hashlib.sha256(study.text.encode()).hexdigest()


def read_study(
    path: Path | str, *, replications: int | None = None, seed: int | None = None
) -> Study:
    """The study in a YAML file, with the scenario of each of its cases.

    Args:
        path: the study file.
        replications: in the place of the file's.
        seed: in the place of the file's.

    Raises:
        ParameterError: ``replications`` or ``seed`` is out of range.
        ScenarioError: everything that is wrong with the study file; or, if nothing is, with the
            base; or with the scenarios of the cases, with file:line.
    """
    _check_at_least(1, replications=replications)
    _check_at_least(0, seed=seed)
    tree = _tree(Path(path))
    complaints = Complaints()
    keys = Keys(tree, "", KEYS, complaints)
    most = keys.whole("replications", least=1, default=REPLICATIONS)
    most = most if replications is None else replications
    numbered = keys.whole("seed", least=0, default=1)
    study = Study(
        name=_name(keys),
        about=keys.text("about", default=""),
        base=keys.text("base"),
        cases=(),
        replications=most,
        seed=numbered if seed is None else seed,
        stop=stop_of(keys, most),
        choose=choose_of(keys, most),
        intervals=keys.flag("intervals", default=True),
        sessions=_sessions(keys, most),
        cost_per_agent_hour=_cost(keys),
        paths=(),
        text="",
    )
    axes, listed = _axes(keys, complaints), _listed(keys, complaints)
    if study.stop is not None and study.choose is not None:
        keys.complain("choose", "and stop both decide how long to simulate; keep one")
    complaints.raise_if_any()
    made = cases(_base(study.base, tree, keys), axes, listed)
    if study.choose is not None and len(made) == 1:
        keys.complain("choose", "has one case to choose from; give two or more")
    complaints.raise_if_any()
    study = replace(study, cases=made, paths=tuple(made[0].settings))
    return replace(study, text=_text(study))


def _check_at_least(least: int, **options: int | None) -> None:
    for name, value in options.items():
        if value is not None and value < least:
            raise ParameterError(f"{name} is {value}; give a whole number from {least}")


def _text(study: Study) -> str:
    told = {
        "name": study.name,
        "about": study.about,
        "base": study.base,
        "replications": study.replications,
        "seed": study.seed,
        "stop": study.stop and asdict(study.stop),
        "choose": study.choose and asdict(study.choose),
        "intervals": study.intervals,
        "sessions": "all" if study.sessions is None else sorted(study.sessions),
        "cost_per_agent_hour": study.cost_per_agent_hour,
        "paths": study.paths,
        "cases": [
            {"name": c.name, "settings": c.settings, "scenario_hash": scenario_hash(c.scenario)}
            for c in study.cases
        ],
    }
    return json.dumps(told, ensure_ascii=False, indent=2) + "\n"


def _tree(path: Path) -> Entry:
    if path.is_dir():
        raise ScenarioError(f"{path} is a folder; name a study file")
    tree = _composed(documents.source(path), path)
    if not isinstance(tree.value, dict):
        raise ScenarioError(
            f"{path} holds no study; write a mapping of keys such as name, base and vary",
            Place(str(path), tree.place.line),
        )
    return tree


def _composed(text: str, path: Path) -> Entry:
    """The tree; within braces, where YAML wants paths with brackets quoted, also without quotes."""
    try:
        return documents.compose(text, file=str(path), folder=path.parent)
    except ScenarioError as refusal:
        quoted = _QUOTED_OR_PATH.sub(_with_path_quoted, text)
        try:
            return documents.compose(quoted, file=str(path), folder=path.parent)
        except ScenarioError:
            raise refusal from None


def _with_path_quoted(found: re.Match[str]) -> str:
    return f'"{found[0]}"' if found["path"] else found[0]


def _base(written: str, tree: Entry, keys: Keys) -> Entry:
    """The base's tree, after the scenario was found right."""
    path = tree.folder / written
    if not path.is_file():
        found = [str(near.relative_to(path.parent)) for near in sorted(path.parent.glob("*.y*ml"))]
        place = (keys.entry("base") or tree).place
        raise ScenarioError(
            f"base is {written}, and there is no file {path}{did_you_mean(path.name, found)}; "
            "give the path of a scenario from the study file's folder",
            place,
        )
    base = documents.read(path)
    from_tree(base)
    return base


def _name(keys: Keys) -> str:
    name = keys.text("name")
    if name and not _NAME.fullmatch(name):
        keys.complain("name", f"is '{name}'; use letters, digits, blanks and _ . + - in it")
    return name


def _axes(keys: Keys, complaints: Complaints) -> list[Axis]:
    axes = []
    for path, entry in _settings(keys.entry("vary"), "vary", complaints):
        values = entry.value if isinstance(entry.value, list) else []
        if not values:
            complaints.add(f"vary.{path} has no list of values; write [3, 4, 5]", entry.place)
        texts = [value_text(value) for value in values]
        for text in dict.fromkeys(text for text in texts if texts.count(text) > 1):
            complaints.add(f"vary.{path} gives {text} twice; keep one", entry.place)
        axes.append(Axis(path, tuple(values)))
    return axes


def _listed(keys: Keys, complaints: Complaints) -> list[Listed]:
    found = keys.entry("cases")
    if found is None:
        return []
    if not isinstance(found.value, list) or not found.value:
        keys.complain("cases", "is no list; write - {name: …, set: {…}} for each")
        return []
    listed = []
    for number, item in enumerate(found.value):
        subject = f"cases[{number}]"
        case = Keys(item, subject, ("name", "set"), complaints)
        name = _name(case) if case.entry("name") else None
        settings = _settings(case.entry("set"), f"{subject}.set", complaints)
        listed.append(Listed(name, tuple(settings), item.place))
    return listed


def _settings(entry: Entry | None, subject: str, complaints: Complaints) -> list[Setting]:
    """Paths and what stands beside them, as far as they are paths."""
    if entry is None:
        return []
    if not isinstance(entry.value, dict):
        complaints.add(f"{subject} is no mapping from paths to values", entry.place)
        return []
    found: dict[ScenarioPath, Entry] = {}
    for text, value in entry.value.items():
        try:
            path = parse_path(text, value.place)
        except ScenarioError as error:
            complaints.add(error.message, error.place)
            continue
        if path in found:
            complaints.add(f"{subject}.{path} is given twice; keep one", value.place)
        found[path] = value
    return list(found.items())


def _sessions(keys: Keys, most: int) -> frozenset[int] | None:
    """Numbers of replications; None for all."""
    entry = keys.entry("sessions")
    if entry is None or entry.value in ("none", "all"):
        return frozenset() if entry is None or entry.value == "none" else None
    numbers = [item.value for item in entry.value] if isinstance(entry.value, list) else [None]
    chosen = [int(n) if isinstance(n, str) and n.isdecimal() else 0 for n in numbers]
    if not all(1 <= number <= most for number in chosen):
        keys.complain(
            "sessions",
            f"is {value_text(entry)}; give none, all, or numbers of replications from 1 to {most}",
        )
    return frozenset(chosen)


def _cost(keys: Keys) -> float | None:
    own = keys.below("cost", ("per_agent_hour",))
    return None if own is None else own.number("per_agent_hour")
