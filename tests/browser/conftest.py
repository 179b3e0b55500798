"""A small driver for the Chromium of the machine, over the DevTools protocol on two pipes."""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from simulator import scenario, study
from simulator.reports import Report, make_reports, parse, plan_notebooks
from simulator.sessions import open_run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simulator.sessions import Run

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
)
PATIENCE_S = 60.0
ON_3_AND_4 = """\
import os, sys
# Chromium reads its commands from descriptor 3 and writes its answers to 4; by way of 90 and 91,
# so that neither takes the place of the other.
for at, given in (90, 1), (91, 2):
    os.dup2(int(sys.argv[given]), at)
os.dup2(90, 3)
os.dup2(91, 4)
os.execvp(sys.argv[3], sys.argv[3:])
"""


@dataclass
class Chromium:
    """One browser; tabs are told apart by their session."""

    process: subprocess.Popen[bytes]
    to: int
    back: int
    events: list[dict[str, Any]] = field(default_factory=list)
    last_id: int = 0
    unread: bytes = b""

    def ask(self, method: str, session: str | None = None, **params: Any) -> dict[str, Any]:
        self.last_id += 1
        message = {"id": self.last_id, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        os.write(self.to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.read()
            if answer.get("id") == self.last_id:
                assert "error" not in answer, f"{method}: {answer['error']}"
                return answer["result"]

    def wait_for(self, event: str, session: str) -> None:
        while not any(e["method"] == event and e.get("sessionId") == session for e in self.events):
            self.read()

    def read(self) -> dict[str, Any]:
        """The next message; events are kept."""
        deadline = time.monotonic() + PATIENCE_S
        while b"\0" not in self.unread:
            ready, _, _ = select.select([self.back], [], [], max(0, deadline - time.monotonic()))
            assert ready, "Chromium does not answer"
            piece = os.read(self.back, 1 << 16)
            assert piece, "Chromium has gone"
            self.unread += piece
        line, _, self.unread = self.unread.partition(b"\0")
        message = json.loads(line)
        if "method" in message:
            self.events.append(message)
        return message

    def open(self, page: Path, *, width: int, dark: bool = False) -> Tab:
        """A new tab with the page in a window of that width."""
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.ask(f"{domain}.enable", session)
        self.ask(
            "Emulation.setDeviceMetricsOverride",
            session,
            width=width,
            height=900,
            deviceScaleFactor=1,
            mobile=width < 500,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.ask("Emulation.setEmulatedMedia", session, features=[scheme])
        self.ask("Page.navigate", session, url=page.absolute().as_uri())
        self.wait_for("Page.loadEventFired", session)
        return Tab(self, session, target)


@dataclass
class Tab:
    """One page as it was loaded."""

    browser: Chromium
    session: str
    target: str

    def run(self, expression: str) -> Any:
        """The value of a JavaScript expression, awaited."""
        answer = self.browser.ask(
            "Runtime.evaluate",
            self.session,
            expression=expression,
            returnByValue=True,
            awaitPromise=True,
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def complaints(self) -> list[str]:
        """What the console was told of errors and refusals."""
        return [
            json.dumps(event["params"])[:500]
            for event in self._events("Log.entryAdded", "Runtime.exceptionThrown")
        ] + [
            json.dumps(event["params"]["args"])[:500]
            for event in self._events("Runtime.consoleAPICalled")
            if event["params"]["type"] in {"error", "warning", "assert"}
        ]

    def requests(self) -> list[str]:
        """All that was fetched, apart from pictures inside the page."""
        urls = (e["params"]["request"]["url"] for e in self._events("Network.requestWillBeSent"))
        return [url for url in urls if not url.startswith("data:")]

    def picture(self, path: Path) -> None:
        """A screenshot of the whole page."""
        answer = self.browser.ask(
            "Page.captureScreenshot", self.session, captureBeyondViewport=True
        )
        path.write_bytes(base64.b64decode(answer["data"]))

    def print_to(self, path: Path) -> None:
        """The page as a tagged PDF on A4."""
        answer = self.browser.ask(
            "Page.printToPDF",
            self.session,
            generateTaggedPDF=True,
            preferCSSPageSize=True,
            paperWidth=8.27,
            paperHeight=11.69,
        )
        path.write_bytes(base64.b64decode(answer["data"]))

    def close(self) -> None:
        self.browser.ask("Target.closeTarget", targetId=self.target)

    def _events(self, *methods: str) -> list[dict[str, Any]]:
        return [
            event
            for event in self.browser.events
            if event["method"] in methods and event.get("sessionId") == self.session
        ]


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        missing = "no Chromium on this machine (apt-get install chromium fonts-dejavu)"
        if os.environ.get("PICKUP_REQUIRE_BROWSER") == "1":
            pytest.fail(missing)
        pytest.skip(missing)
    profile = tmp_path_factory.mktemp("profile")
    from_us, to = os.pipe()
    back, from_it = os.pipe()
    command = [sys.executable, "-c", ON_3_AND_4, str(from_us), str(from_it), program]
    command += [*FLAGS, f"--user-data-dir={profile}"]
    process = subprocess.Popen(
        command, pass_fds=(from_us, from_it), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    os.close(from_us)
    os.close(from_it)
    browser = Chromium(process, to, back)
    try:
        yield browser
        browser.ask("Browser.close")
        process.wait(timeout=20)
    finally:
        process.kill()
        process.wait()
        os.close(to)
        os.close(back)


# ------------------------------------------------------------------------------------- pages

ROOT = Path(__file__).parents[2]
SHIPPED = sorted(ROOT.glob("notebooks/*.ipynb"))

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


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    desk = scenario.load(ROOT / "data" / "scenarios" / "chat_desk.yaml")
    return open_run(study.simulate(desk, replications=2, out=tmp_path_factory.mktemp("run") / "r"))


@pytest.fixture(scope="session")
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
    from simulator.reports.jupyter import nbformat

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
