"""What axe-core, the usual checker of accessibility, says of every page."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulator.reports import Report

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

SHIPPED = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
NAMES = ["sample", "broken", *(path.stem for path in SHIPPED)]
LOOKS = {
    "wide": (1400, False),
    "phone": (360, False),
    "dark": (1400, True),
    "dark phone": (360, True),
}
SERIOUS = """
axe.run(document, {resultTypes: ["violations"]}).then((found) => found.violations
  .filter((each) => ["serious", "critical"].includes(each.impact))
  .map((each) => `${each.id}: ${each.help}: `
    + each.nodes.slice(0, 3).map((node) => node.html.slice(0, 300)).join(" ")))
"""


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core, which comes from npm: ``npm install axe-core``."""
    place = os.environ.get("PICKUP_AXE", "")
    if not Path(place).is_file():
        missing = "no axe-core: npm install axe-core, and name its axe.min.js in PICKUP_AXE"
        if os.environ.get("PICKUP_REQUIRE_BROWSER") == "1":
            pytest.fail(missing)
        pytest.skip(missing)
    return Path(place).read_text(encoding="utf-8")


def violations(opened: Callable[..., Any], page: Path, look: str, axe: str) -> list[str]:
    width, dark = LOOKS[look]
    tab = opened(page, width=width, dark=dark)
    tab.run(axe + "; 0")
    return tab.run(SERIOUS)


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", NAMES)
def test_a_report_has_no_serious_violation(
    reports: dict[str, Report], opened: Callable[..., Any], axe: str, name: str, look: str
) -> None:
    assert violations(opened, reports[name].page, look, axe) == []


@pytest.mark.parametrize("look", LOOKS)
def test_the_index_has_no_serious_violation(
    reports: dict[str, Report], opened: Callable[..., Any], axe: str, look: str
) -> None:
    index = reports["sample"].page.parents[1] / "index.html"
    assert violations(opened, index, look, axe) == []


def test_axe_finds_what_is_wrong(opened: Callable[..., Any], axe: str, tmp_path: Path) -> None:
    page = tmp_path / "bad.html"
    page.write_text(
        "<!doctype html><html><body style='background: white'><button></button>"
        "<p style='color: #ccc'>words</p></body></html>"
    )
    rules = {told.partition(":")[0] for told in violations(opened, page, "wide", axe)}
    assert rules >= {"button-name", "html-has-lang", "color-contrast"}
