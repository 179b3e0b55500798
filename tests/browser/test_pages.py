"""Every page as a browser shows it: on a wide screen, a narrow one and a phone."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulator.reports import Report

    # The driver is in conftest.py, which pytest loads by itself.
    Chromium = Any

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

OUTSIDE = re.compile(
    r"""(?:src|srcset|href|xlink:href|poster|data|action)\s*=\s*["']?\s*(?:https?:|ftp:)?//[^\s"'>]*
    | url\(\s*["']?(?!\#|data:)[^)]*\) | @import[^;]*""",
    re.IGNORECASE | re.VERBOSE,
)
"""References of any kind to what is not in the file; links that an author wrote are none here."""

FAULTS = (Path(__file__).parent / "faults.js").read_text(encoding="utf-8")
WIDTHS = (1400, 800, 360)
SHIPPED = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
NAMES = ["sample", "broken", *(path.stem for path in SHIPPED)]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", NAMES)
def test_a_report_has_no_fault_that_a_reader_would_see(
    reports: dict[str, Report], opened: Callable[..., Any], name: str, width: int
) -> None:
    tab = opened(reports[name].page, width=width)
    assert tab.complaints() == []
    assert tab.requests() == [reports[name].page.as_uri()]
    assert tab.run(FAULTS) == []


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_notebook_gives_a_whole_report(reports: dict[str, Report], path: Path) -> None:
    report = reports[path.stem]
    assert report.manifest.failure is None
    page = report.page.read_text(encoding="utf-8")
    assert len(page.encode()) < 100_000 + 50_000 * page.count("<figure")


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_figure_has_words_of_its_own_and_its_data_underneath(
    reports: dict[str, Report], opened: Callable[..., Any], path: Path
) -> None:
    figures = opened(reports[path.stem].page, width=1400).run(
        """[...document.querySelectorAll('main figure')].map((figure) => [
            figure.getAttribute('aria-label') || figure.querySelector('[aria-label]')
                ?.getAttribute('aria-label') || figure.querySelector('[alt]')?.alt || '',
            Boolean((figure.parentElement.querySelector('details table')))])"""
    )
    assert figures
    assert [words for words, _ in figures if len(words) < 20 or "without a desc" in words] == []
    assert [words for words, has_data in figures if not has_data] == []


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_nothing_in_a_page_refers_to_the_outside(reports: dict[str, Report], path: Path) -> None:
    page = reports[path.stem].page.read_text(encoding="utf-8")
    text = re.sub(r"<(p|li|td|th|code|span|text|summary)\b[^>]*>[^<]*", r"<\1>", page)
    assert OUTSIDE.findall(text) == []


@pytest.mark.parametrize("width", WIDTHS)
def test_the_index_has_no_fault_that_a_reader_would_see(
    reports: dict[str, Report], opened: Callable[..., Any], width: int
) -> None:
    index = reports["sample"].page.parents[1] / "index.html"
    tab = opened(index, width=width)
    assert tab.complaints() == []
    assert tab.requests() == [index.as_uri()]
    assert tab.run(FAULTS) == []
    assert tab.run("document.querySelectorAll('.reports > li').length") == len(reports)


def test_nothing_in_a_session_runs(reports: dict[str, Report], opened: Callable[..., Any]) -> None:
    tab = opened(reports["sample"].page, width=800)
    assert tab.run("document.title").startswith("A title that is long enough")
    tab.run(
        "document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.ran = 1\">')"
    )
    assert tab.run("new Promise((done) => setTimeout(() => done(window.ran), 200))") is None
    assert any("Content Security Policy" in told for told in tab.complaints())


def test_the_theme_follows_the_system_until_the_reader_chooses(
    reports: dict[str, Report], opened: Callable[..., Any]
) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    tab = opened(reports["sample"].page, width=800, dark=True)
    toggle = "document.getElementById('theme-toggle')"
    seen = []
    for _ in range(3):
        seen.append((tab.run(f"{toggle}.textContent"), tab.run(ground)))
        tab.run(f"{toggle}.click()")
    dark, light = "rgb(21, 25, 29)", "rgb(255, 255, 255)"
    assert seen == [("Theme: auto", dark), ("Theme: light", light), ("Theme: dark", dark)]


def test_code_is_out_of_sight_until_asked_for(
    reports: dict[str, Report], opened: Callable[..., Any]
) -> None:
    tab = opened(reports["sample"].page, width=800)
    seen = "[...document.querySelectorAll('.code pre')].filter((e) => e.checkVisibility()).length"
    toggle = "document.getElementById('code-toggle')"
    assert tab.run(seen) == 0
    tab.run(f"{toggle}.click()")
    assert tab.run(seen) == tab.run("document.querySelectorAll('.code').length") > 3
    assert tab.run(f"{toggle}.textContent") == "Hide code"


def test_without_scripts_each_cell_has_its_own_code_to_unfold(
    reports: dict[str, Report], chromium: Chromium, opened: Callable[..., Any]
) -> None:
    tab = opened(reports["sample"].page, width=800)
    chromium.ask("Emulation.setScriptExecutionDisabled", tab.session, value=True)
    chromium.events.clear()
    chromium.ask("Page.reload", tab.session)
    chromium.wait_for("Page.loadEventFired", tab.session)
    document = chromium.ask("DOM.getDocument", tab.session)["root"]["nodeId"]
    found = chromium.ask(
        "DOM.querySelector", tab.session, nodeId=document, selector=".code > summary"
    )
    box = chromium.ask("DOM.getBoxModel", tab.session, nodeId=found["nodeId"])
    assert box["model"]["height"] > 10


@pytest.mark.parametrize(("width", "unfolded"), [(1400, True), (800, False), (360, False)])
def test_contents_stand_beside_the_text_or_fold_above_it(
    reports: dict[str, Report], opened: Callable[..., Any], width: int, unfolded: bool
) -> None:
    tab = opened(reports["sample"].page, width=width)
    assert tab.run("document.querySelector('.contents details').open") is unfolded
    beside = (
        "document.querySelector('.contents').getBoundingClientRect().right"
        " < document.querySelector('main').getBoundingClientRect().left"
    )
    assert tab.run(beside) is unfolded
    missing = (
        "[...document.querySelectorAll('.contents a')]"
        ".filter((a) => !document.getElementById(a.hash.slice(1))).length"
    )
    assert tab.run(missing) == 0


def test_a_failed_cell_is_a_click_away(
    reports: dict[str, Report], opened: Callable[..., Any]
) -> None:
    tab = opened(reports["broken"].page, width=800)
    tab.run("document.querySelector('.banner a').click()")
    assert tab.run("location.hash") == "#failed-cell"
    assert tab.run("document.querySelector('#failed-cell .code pre').checkVisibility()")


def test_a_page_prints_as_a_tagged_document_with_its_contents(
    reports: dict[str, Report], opened: Callable[..., Any], tmp_path: Path
) -> None:
    tab = opened(reports["sample"].page, width=800)
    tab.print_to(tmp_path / "page.pdf")
    printed = (tmp_path / "page.pdf").read_bytes()
    assert b"/StructTreeRoot" in printed
    assert b"/MarkInfo" in printed
