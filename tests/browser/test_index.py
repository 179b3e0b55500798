"""The index as a browser shows it and as a manager uses it: sixty mornings of three reports."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from simulator.reports.index import write_index
from tests.reports.mornings import mornings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    # The driver is in conftest.py, which pytest loads by itself.
    Chromium = Any
    Open = Callable[..., Any]

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

FAULTS = (Path(__file__).parent / "faults.js").read_text(encoding="utf-8")
WIDTHS = (1280, 800, 360)
UNFOLD = "document.querySelectorAll('details').forEach((each) => { each.open = true; })"
SHOWN = """[...document.querySelectorAll('[data-made]')].filter((each) => !each.closest('[hidden]'))
    .map((each) => [each.closest('li').dataset.notebook, each.dataset.made])"""
COUNT = "document.getElementById('filter-count').textContent"
TITLES = """[...document.querySelectorAll('.reports h2')]
    .filter((each) => each.checkVisibility()).map((each) => each.textContent)"""


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("mornings") / "reports"
    mornings(out, 60)
    return write_index(out)


@pytest.fixture
def opened(chromium: Chromium) -> Iterator[Open]:
    """``opened(page, width=…)``, closed when the test is over."""
    tabs: list[Any] = []

    def open_tab(page: Path, *, width: int = 800, dark: bool = False) -> Any:
        tabs.append(chromium.open(page, width=width, dark=dark))
        return tabs[-1]

    yield open_tab
    for tab in tabs:
        tab.close()


def choose(tab: Any, **fields: str) -> None:
    """Fill fields of the filter as a hand would."""
    for name, value in fields.items():
        tab.run(
            f"(() => {{ const field = document.getElementById('filter-{name}');"
            f" field.value = {json.dumps(value)};"
            " field.dispatchEvent(new Event('input', { bubbles: true })); })()"
        )


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_sixty_mornings_have_no_fault_that_a_reader_would_see(
    index: Path, opened: Open, width: int, dark: bool
) -> None:
    tab = opened(index, width=width, dark=dark)
    assert tab.complaints() == []
    assert tab.requests() == [index.as_uri()]
    assert tab.run(FAULTS) == []
    tab.run(UNFOLD)
    assert tab.run(FAULTS) == []


@pytest.mark.parametrize("width", WIDTHS)
def test_a_drawing_stands_beside_its_figure_and_not_on_it(
    index: Path, opened: Open, width: int
) -> None:
    tab = opened(index, width=width)
    overlapping = """[...document.querySelectorAll('.newest dl > div')].filter((figure) => {
        const boxes = [...figure.children].map((each) => each.getBoundingClientRect());
        return boxes.some((a, i) => boxes.slice(i + 1).some((b) =>
            Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 &&
            Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1));
    }).length"""
    assert tab.run("document.querySelectorAll('svg.trend').length") == 10
    assert tab.run(overlapping) == 0


@pytest.mark.parametrize("width", WIDTHS)
def test_tables_of_older_reports_need_no_scrolling_sideways(
    index: Path, opened: Open, width: int
) -> None:
    tab = opened(index, width=width)
    tab.run(UNFOLD)
    boxes = "[...document.querySelectorAll('.older .scroll')]"
    wider = f"{boxes}.map((each) => each.scrollWidth - each.clientWidth)"
    assert tab.run(wider) == [0, 0, 0]


def test_a_drawing_has_the_colours_of_the_theme(index: Path, opened: Open) -> None:
    stroke = "getComputedStyle(document.querySelector('.trend .course')).stroke"
    assert opened(index).run(stroke) != opened(index, dark=True).run(stroke)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, "181 reports"),
        ({"scenario": "bank_1999"}, "60 of 181 reports"),
        ({"notebook": "daily_report"}, "60 of 181 reports"),
        ({"status": "failed"}, "5 of 181 reports"),
        ({"from": "2026-11-21"}, "6 of 181 reports"),
        ({"until": "2026-09-24"}, "4 of 181 reports"),
        ({"by": "day", "from": "2026-11-21"}, "1 of 181 reports"),
        ({"from": "2026-11-21", "notebook": "explore"}, "2 of 181 reports"),
        ({"q": "saturday CHATS"}, "9 of 181 reports"),
        ({"q": "keyerror"}, "5 of 181 reports"),
        ({"q": '"20 nov 2026"'}, "4 of 181 reports"),  # three made on it, one about it
    ],
)
def test_a_filter_narrows_and_says_to_how_many(
    index: Path, opened: Open, fields: dict[str, str], expected: str
) -> None:
    tab = opened(index)
    choose(tab, **fields)
    assert tab.run(COUNT) == expected
    assert len(tab.run(SHOWN)) == int(expected.split(maxsplit=1)[0])


def test_an_older_report_that_matches_is_unfolded_and_the_newest_gone(
    index: Path, opened: Open
) -> None:
    tab = opened(index)
    choose(tab, status="missed")
    assert tab.run(TITLES) == []
    older = "document.querySelector('.reports > li:not([hidden]) details.older')"
    assert tab.run(f"{older}.open") is True
    assert tab.run(f"{older}.querySelector('summary').textContent").endswith("of 59 older reports")
    choose(tab, status="")
    assert tab.run(f"{older}.open") is False
    assert tab.run(f"{older}.querySelector('summary').textContent") == "59 older reports"
    assert len(tab.run(TITLES)) == 4


def test_a_filtered_view_can_be_kept_as_a_bookmark(
    index: Path, opened: Open, chromium: Chromium
) -> None:
    tab = opened(index)
    choose(tab, scenario="chat_desk", status="failed", q="wait")
    assert tab.run("location.hash") == "#q=wait&scenario=chat_desk&status=failed"
    chromium.events.clear()
    chromium.ask("Page.reload", tab.session)
    chromium.wait_for("Page.loadEventFired", tab.session)
    assert tab.run(COUNT) == "5 of 181 reports"
    assert tab.run("document.getElementById('filter-more').open") is True
    tab.run("document.getElementById('filter-clear').click()")
    assert tab.run("[location.hash, document.activeElement.id]") == ["", "filter-q"]
    assert tab.run(COUNT) == "181 reports"
    assert tab.complaints() == []


def test_a_changed_address_changes_the_view(index: Path, opened: Open) -> None:
    tab = opened(index)
    moved = (
        "new Promise((done) => {{ addEventListener('hashchange', () => done({count}),"
        " {{ once: true }}); location.hash = '{hash}'; }})"
    )
    told = [
        tab.run(moved.format(count=COUNT, hash=hash_))
        for hash_ in ("status=failed", "s2", "scenario=gone", "")
    ]
    # A place in the page leaves the filter as it is; what is no longer there finds nothing.
    assert told == ["5 of 181 reports", "5 of 181 reports", "0 of 181 reports", "181 reports"]


def test_nothing_found_says_so_and_offers_the_way_back(index: Path, opened: Open) -> None:
    tab = opened(index)
    choose(tab, q="<img src=x onerror=alert(1)>")
    seen = "document.getElementById('nothing').checkVisibility()"
    assert tab.run(f"[{COUNT}, {seen}]") == ["0 of 181 reports", True]
    tab.run("document.getElementById('nothing-clear').click()")
    assert tab.run(f"[{COUNT}, {seen}]") == ["181 reports", False]
    assert tab.complaints() == []


def test_enter_in_the_search_goes_nowhere(index: Path, opened: Open, chromium: Chromium) -> None:
    tab = opened(index)
    tab.run("document.getElementById('filter-q').focus()")
    for key in ("keyDown", "keyUp"):
        chromium.ask(
            "Input.dispatchKeyEvent", tab.session, type=key, key="Enter", text="\r", code="Enter"
        )
    assert tab.run(COUNT) == "181 reports"
    assert tab.complaints() == []


def test_all_of_it_is_reached_by_keyboard_and_the_focus_is_seen(
    index: Path, opened: Open, chromium: Chromium
) -> None:
    tab = opened(index)
    reached = []
    for _ in range(16):
        for kind in ("rawKeyDown", "keyUp"):
            chromium.ask(
                "Input.dispatchKeyEvent",
                tab.session,
                type=kind,
                key="Tab",
                code="Tab",
                windowsVirtualKeyCode=9,
            )
        reached.append(
            tab.run(
                "(() => { const at = document.activeElement; const style = getComputedStyle(at);"
                " return [at.id || at.textContent.trim().slice(0, 30), style.outlineStyle]; })()"
            )
        )
    names = [name for name, _ in reached]
    assert names[0] == "Skip to the content"
    assert {"theme-toggle", "filter-q", "Filter", "notebook", "59 older reports"} <= set(names)
    assert {outline for _, outline in reached} <= {"solid", "auto"}


def test_without_scripts_all_of_it_is_there(index: Path, chromium: Chromium, opened: Open) -> None:
    tab = opened(index)
    chromium.ask("Emulation.setScriptExecutionDisabled", tab.session, value=True)
    chromium.events.clear()
    chromium.ask("Page.reload", tab.session)
    chromium.wait_for("Page.loadEventFired", tab.session)
    document = chromium.ask("DOM.getDocument", tab.session)["root"]["nodeId"]

    def found(selector: str) -> list[int]:
        return chromium.ask(
            "DOM.querySelectorAll", tab.session, nodeId=document, selector=selector
        )["nodeIds"]

    assert len(found("[data-made]")) == 181
    assert found("[data-made][hidden], .reports [hidden]") == []
    assert len(found("#filter[hidden]")) == 1
    (summary, *_) = found("details.older > summary")
    box = chromium.ask("DOM.getBoxModel", tab.session, nodeId=summary)
    assert box["model"]["height"] > 10


def test_a_print_is_the_newest_of_each_series(
    index: Path, opened: Open, tmp_path: Path, chromium: Chromium
) -> None:
    tab = opened(index)
    chromium.ask("Emulation.setEmulatedMedia", tab.session, media="print")
    seen = [
        tab.run(f"document.querySelector('{selector}').checkVisibility()")
        for selector in (".newest h2", ".trend", "#filter", ".files", "details.older")
    ]
    assert seen == [True, True, False, False, False]
    tab.print_to(tmp_path / "index.pdf")
    pages = (tmp_path / "index.pdf").read_bytes().count(b"/Type /Page\n")
    assert pages <= 2


def test_two_thousand_reports_can_be_searched(tmp_path: Path, opened: Open) -> None:
    mornings(tmp_path / "reports", 667)
    tab = opened(write_index(tmp_path / "reports"), width=360)
    choose(tab, q="monday")
    assert tab.run(COUNT) == "95 of 2002 reports"
    assert tab.run(FAULTS) == []
