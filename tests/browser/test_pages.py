"""Every page as a browser shows it: on a wide screen, a narrow one and a phone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from simulator import scenario, study
from simulator.reports import Report, make_reports, parse, plan_notebooks
from simulator.reports.jupyter import nbformat
from simulator.sessions import open_run

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulator.sessions import Run

    # The driver is in conftest.py, which pytest loads by itself.
    Chromium = Any

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

ROOT = Path(__file__).parents[2]
SHIPPED = sorted(ROOT.glob("notebooks/*.ipynb"))
FAULTS = (Path(__file__).parent / "faults.js").read_text(encoding="utf-8")
WIDTHS = (1400, 800, 360)

SAMPLE = (
    "# A title that is long enough to need more than a single line, even on a wide screen of today",
    "## Text of a session",
    (
        "import pandas as pd\n"
        "from IPython.display import HTML, Image, Markdown, SVG, display\n"
        "hostile = '<script>document.title = 1</script><img src=x onerror=\"document.title=2\">'\n"
        "pd.DataFrame({'message': [hostile], 'wait_s': [12.5]})"
    ),
    "display(HTML(hostile)); display(Markdown(hostile)); print(hostile)",
    "## A wide table\n\n" + "|a" * 30 + "|\n" + "|-" * 30 + "|\n" + "|12345" * 30 + "|",
    "pd.DataFrame({f'column {n}': ['word ' * 8] for n in range(20)})",
    "print('x' * 400)",
    "## A plain picture",
    (
        "import io, matplotlib\n"
        "matplotlib.use('agg')\n"
        "import matplotlib.pyplot as plt\n"
        "figure, axes = plt.subplots()\n"
        "axes.plot([1, 3, 2])\n"
        "for form, shown in (('png', Image), ('svg', SVG)):\n"
        "    drawn = io.BytesIO()\n"
        "    figure.savefig(drawn, format=form)\n"
        "    display(shown(drawn.getvalue(), metadata={'alt': 'A line that rises and falls'}))"
    ),
    "## A very long word: " + "Donaudampfschifffahrtsgesellschaft" * 4,
)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    desk = scenario.load(ROOT / "data" / "scenarios" / "chat_desk.yaml")
    return open_run(study.simulate(desk, replications=2, out=tmp_path_factory.mktemp("run") / "r"))


@pytest.fixture(scope="module")
def reports(run: Run, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Report]:
    """A sample, one that fails, and every shipped notebook, by name; made once."""
    folder = tmp_path_factory.mktemp("pages")
    sample, broken = folder / "sample.ipynb", folder / "broken.ipynb"
    _write(sample, *SAMPLE)
    _write(broken, "# Broken", "## Here", "raise ValueError('x' * 200)")
    plans = plan_notebooks(map(str, [sample, broken, *SHIPPED]), {})
    gates = [parse("service_level>=0.999999")]
    made = make_reports([run], plans, out=folder / "reports", gates=gates)
    return {report.page.stem: report for report in made}


def _write(path: Path, *cells: str) -> None:
    v4 = nbformat.v4
    declared = v4.new_code_cell('run: str = ""', metadata={"tags": ["parameters"]})
    written = [
        v4.new_markdown_cell(text) if text.startswith("#") else v4.new_code_cell(text)
        for text in cells
    ]
    nbformat.write(v4.new_notebook(cells=[declared, *written]), path)


@pytest.fixture
def opened(chromium: Chromium) -> Any:
    """``opened(page, width=…)``, closed when the test is over."""
    tabs: list[Any] = []

    def open_tab(page: Path, **options: Any) -> Any:
        tabs.append(chromium.open(page, **options))
        return tabs[-1]

    yield open_tab
    for tab in tabs:
        tab.close()


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
    assert len(page.encode()) < 150_000 + 50_000 * page.count("<figure")


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
