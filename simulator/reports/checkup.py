"""What Pickup Lab finds on a machine: what is there, what is missing, and how to get it."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from simulator.reports.chromium import find_chromium

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["Finding", "State", "check_machine", "is_fit"]

State = Literal["ok", "optional", "missing"]

PACKAGE: Final = "pickup-lab"
LEAST_PYTHON: Final = (3, 11)
LEAST_DISK: Final = 1_000_000_000
"""Bytes that a morning's runs and reports want, with room to spare."""

EXTRAS: Final = {
    "compiled": ("numba", "large simulations run on SimPy, a hundred times slower"),
    "dask": ("distributed", "studies run on this machine alone"),
    "fast": ("aiohttp", "a replay sends some hundred calls a second at most"),
    "keyring": ("keyring", "secrets of a replay come from environment variables alone"),
    "locust": ("locust", "a replay runs on one machine"),
}
"""Extras by name: the module that shows that one is there, and how it is without."""

FONT: Final = "DejaVu Sans"
"""The charts' font; matplotlib brings it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    name: str
    state: State
    """``ok``, ``optional`` (not there, and only some things need it) or ``missing``."""
    found: str
    """What is there, in a few words."""
    remedy: str = ""
    """What to do about it; empty if all is well."""


def check_machine(*, folders: Iterable[Path]) -> list[Finding]:
    """Look at Python, packages, kernel, fonts, Chromium, time zones, disk and write rights.

    Args:
        folders: Where runs and reports are to stand; they need not be there yet.
    """
    return list(_looked_at(list(folders)))


def is_fit(findings: Iterable[Finding]) -> bool:
    """Whether nothing is missing that the main job needs."""
    return all(finding.state != "missing" for finding in findings)


def _looked_at(folders: list[Path]) -> Iterator[Finding]:
    yield _python()
    yield _packages()
    for extra in EXTRAS:
        yield _extra(extra)
    yield _kernel()
    yield _font()
    yield _chromium()
    yield _time_zones()
    for folder in folders:
        yield _writable(folder)
    yield _disk(folders[0] if folders else Path())


def _python() -> Finding:
    found = f"{platform.python_version()} ({sys.executable})"
    if sys.version_info >= LEAST_PYTHON:
        return Finding("Python", "ok", found)
    wanted = ".".join(map(str, LEAST_PYTHON))
    return Finding("Python", "missing", found, f"install Python {wanted} or newer")


def _packages() -> Finding:
    """Whether every package that ours requires is there, in a version that will do."""
    from packaging.requirements import Requirement

    required = map(Requirement, metadata.requires(PACKAGE) or ())
    main = [each for each in required if each.marker is None or each.marker.evaluate({"extra": ""})]
    wrong = [told for each in main if (told := _unmet(each.name, each.specifier.contains))]
    if not wrong:
        return Finding("Packages", "ok", f"{PACKAGE} {metadata.version(PACKAGE)}, all {len(main)}")
    return Finding(
        "Packages", "missing", "; ".join(wrong), "run `make setup`, or `pip install -e .`"
    )


def _unmet(name: str, will_do: Callable[[str], bool]) -> str:
    try:
        version = metadata.version(name)
    except metadata.PackageNotFoundError:
        return f"{name} is not there"
    return "" if will_do(version) else f"{name} is {version}"


def _extra(extra: str) -> Finding:
    module, without = EXTRAS[extra]
    if find_spec(module) is not None:
        return Finding(f"Extra {extra}", "ok", module)
    return Finding(
        f"Extra {extra}", "optional", f"not there: {without}", f"pip install '{PACKAGE}[{extra}]'"
    )


def _kernel() -> Finding:
    """Reports start the kernel of this very Python, so its ipykernel is what matters."""
    if find_spec("ipykernel") is None:
        return Finding("Kernel", "missing", "no ipykernel", "pip install ipykernel")
    return Finding("Kernel", "ok", f"ipykernel {metadata.version('ipykernel')}, of this Python")


def _font() -> Finding:
    if find_spec("matplotlib") is None:
        return Finding("Fonts", "missing", "no matplotlib", "run `make setup`")
    from simulator.charts.fonts import font_file

    file = font_file(FONT)
    if file is None:
        return Finding(
            "Fonts", "missing", f"no {FONT}", "install fonts-dejavu-core, or matplotlib anew"
        )
    return Finding("Fonts", "ok", FONT)


def _chromium() -> Finding:
    place = find_chromium()
    if place is not None:
        return Finding("Chromium", "ok", str(place))
    return Finding(
        "Chromium",
        "optional",
        "not there: reports as PDF cannot be made, all else can",
        "install Chromium, Chrome or Edge (on Debian: apt-get install chromium)",
    )


def _time_zones() -> Finding:
    try:
        ZoneInfo("Europe/Oslo")
    except ZoneInfoNotFoundError:
        return Finding("Time zones", "missing", "no database", "pip install tzdata")
    return Finding("Time zones", "ok", "Europe/Oslo is known")


def _writable(folder: Path) -> Finding:
    name = f"Writing to {folder}"
    there = _nearest(folder)
    if file := next((each for each in (folder, *folder.parents) if each.is_file()), None):
        return Finding(name, "missing", f"{file} is a file", "move it, or give another with --out")
    try:
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as error:
        return Finding(
            name,
            "missing",
            f"refused: {error.strerror or error}",
            f"make {there} writable for you, or give another folder with --out",
        )
    return Finding(name, "ok", "allowed")


def _disk(folder: Path) -> Finding:
    free = shutil.disk_usage(_nearest(folder)).free
    found = f"{free / 1e9:,.1f} GB free"
    if free >= LEAST_DISK:
        return Finding("Disk", "ok", found)
    wanted = f"make room: {LEAST_DISK / 1e9:.0f} GB at least"
    return Finding("Disk", "missing", found, f"{wanted}; `pickup clean` removes old reports")


def _nearest(folder: Path) -> Path:
    """The folder itself, or the nearest above it that is there."""
    there = Path(os.path.abspath(folder))  # noqa: PTH100 - Path.absolute keeps the dots
    while not there.is_dir() and there != there.parent:
        there = there.parent
    return there
