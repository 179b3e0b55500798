"""A page in print: whole, tagged and with an outline; or an error that tells, and nothing left."""

from __future__ import annotations

import os
import re
import stat
import sys
import time
import zlib
from contextlib import suppress
from pathlib import Path

import pytest

from simulator.errors import PickupError, UsageError
from simulator.reports import chromium
from simulator.reports.printing import check_printer, print_pdf

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>The morning</title>
<h1>The morning</h1><h2>How long people wait</h2><p>A paragraph of words.</p>
<h2>Who gives up – and when</h2><table><tr><th>a</th></tr><tr><td>1</td></tr></table></html>
"""
WHOLE = b"%PDF-1.7\n<</Type /StructTreeRoot>>\n%%EOF\n"

needs_a_browser = pytest.mark.skipif(
    chromium.find_chromium() is None and os.environ.get("PICKUP_REQUIRE_BROWSER") != "1",
    reason="no Chromium on this machine",
)
needs_scripts = pytest.mark.skipif(sys.platform == "win32", reason="scripts start with #!")


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "page.html"
    path.write_text(PAGE, encoding="utf-8")
    return path


@pytest.fixture
def out(tmp_path: Path) -> Path:
    (tmp_path / "printed").mkdir()
    return tmp_path / "printed" / "page.pdf"


def program(folder: Path, *lines: str) -> str:
    """Something to call instead of Chromium; ``out`` is where the PDF is to go."""
    path = folder / "browser"
    begin = (
        f"#!{sys.executable}",
        "import os, pathlib, subprocess, sys, time",
        "out = pathlib.Path(next(a for a in sys.argv if a.startswith('--print-to-pdf='))[15:])",
    )
    path.write_text("\n".join([*begin, *lines]), encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def titles(pdf: bytes) -> list[str]:
    """All titles in a PDF: its own and those of its outline."""
    plain = [found.decode() for found in re.findall(rb"/Title \(([^)]*)\)", pdf)]
    coded = re.findall(rb"/Title <([0-9A-Fa-f]+)>", pdf)
    return plain + [bytes.fromhex(text.decode()).decode("utf-16") for text in coded]


def streams(pdf: bytes) -> list[bytes]:
    """The unpacked streams."""
    found = []
    for packed in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, flags=re.DOTALL):
        with suppress(zlib.error):
            found.append(zlib.decompress(packed))
    return found


# ------------------------------------------------------------------------------- with Chromium


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("printed")
    (folder / "a page.html").write_text(PAGE, encoding="utf-8")
    print_pdf(folder / "a page.html", folder / "a page.pdf")
    assert sorted(path.name for path in folder.iterdir()) == ["a page.html", "a page.pdf"]
    return (folder / "a page.pdf").read_bytes()


@pytest.mark.browser
@needs_a_browser
def test_headings_are_the_outline_and_the_title_is_the_title(printed: bytes) -> None:
    assert b"/Outlines" in printed
    assert titles(printed).count("The morning") == 2
    assert {"How long people wait", "Who gives up – and when"} <= set(titles(printed))


@pytest.mark.browser
@needs_a_browser
def test_the_pdf_is_tagged_for_screen_readers_with_its_language(printed: bytes) -> None:
    assert b"/Marked true" in printed
    assert {b"/S /H1", b"/S /H2", b"/S /P", b"/S /Table", b"/S /TH", b"/Lang (en)"} <= {
        *re.findall(rb"/S /\w+", printed),
        *re.findall(rb"/Lang \(\w+\)", printed),
    }


@pytest.mark.browser
@needs_a_browser
def test_it_has_a_page_whose_text_can_be_taken_out(printed: bytes) -> None:
    assert re.findall(rb"/Type /Pages\s*/Count (\d+)", printed) == [b"1"]
    assert b"/ToUnicode" in printed
    assert any(b" Tj" in stream or b"TJ" in stream for stream in streams(printed))


@pytest.mark.browser
@needs_a_browser
def test_no_header_footer_or_path_of_the_machine_is_printed(printed: bytes) -> None:
    assert b"file:" not in printed
    assert not any(b"file:" in stream for stream in streams(printed))


@pytest.mark.browser
@needs_a_browser
def test_a_pdf_that_stands_there_is_replaced(page: Path, out: Path) -> None:
    out.write_bytes(b"an old one")
    print_pdf(page, out)
    assert out.read_bytes().startswith(b"%PDF-")


@pytest.mark.browser
@needs_a_browser
@needs_scripts
def test_the_browser_is_ended_when_the_time_is_up(page: Path, out: Path) -> None:
    with pytest.raises(PickupError, match=r"was not printed within 0\.05 s; the browser was ended"):
        print_pdf(page, out, timeout_s=0.05)
    assert list(out.parent.iterdir()) == []


# ------------------------------------------------------------------- what goes wrong, and is told


@needs_scripts
def test_the_browser_is_asked_for_a_tagged_pdf_and_kept_off_the_network(
    page: Path, out: Path, tmp_path: Path
) -> None:
    noted = tmp_path / "asked"
    browser = program(
        tmp_path,
        f"pathlib.Path({str(noted)!r}).write_text('\\n'.join(sys.argv[1:]))",
        f"out.write_bytes({WHOLE!r})",
    )
    print_pdf(page, out, chromium=browser)
    asked = noted.read_text(encoding="utf-8").splitlines()
    assert {"--export-tagged-pdf", "--generate-pdf-document-outline"} <= set(asked)
    assert {"--disable-background-networking", "--no-pdf-header-footer"} <= set(asked)
    assert ("--no-sandbox" in asked) == (os.geteuid() == 0)
    assert asked[-1] == page.as_uri()
    (profile,) = (Path(each.partition("=")[2]) for each in asked if "--user-data-dir" in each)
    assert not profile.exists()


@needs_scripts
def test_a_browser_that_fails_is_told_with_its_last_words(
    page: Path, out: Path, tmp_path: Path
) -> None:
    out.write_bytes(b"the one before")
    browser = program(tmp_path, "print('no screen', file=sys.stderr)", "sys.exit(3)")
    with pytest.raises(PickupError, match="the browser ended with 3: no screen") as caught:
        print_pdf(page, out, chromium=browser)
    assert caught.value.exit_code == 1
    assert out.read_bytes() == b"the one before"
    assert list(out.parent.iterdir()) == [out]


NOT_WHOLE = [
    # what the browser does, what is told
    ("out.write_bytes(b'%PDF-1.7 and then')", r"wrote no whole PDF \(17 bytes\)"),
    ("pass", r"wrote no whole PDF \(0 bytes\)"),
    ("out.write_bytes(b'%PDF-1.4\\n%%EOF\\n')", "the PDF has no tags"),
]


@needs_scripts
@pytest.mark.parametrize(("does", "told"), NOT_WHOLE)
def test_half_a_pdf_is_none(page: Path, out: Path, tmp_path: Path, does: str, told: str) -> None:
    with pytest.raises(PickupError, match=told):
        print_pdf(page, out, chromium=program(tmp_path, does))
    assert list(out.parent.iterdir()) == []


@needs_scripts
def test_a_browser_that_hangs_is_ended_with_its_children(
    page: Path, out: Path, tmp_path: Path
) -> None:
    child = tmp_path / "child"
    browser = tmp_path / "browser"
    browser.write_text(f"#!/bin/sh\nsleep 600 &\necho $! > '{child}'\nwait\n")
    browser.chmod(0o755)
    with pytest.raises(PickupError, match="the browser was ended"):
        print_pdf(page, out, chromium=str(browser), timeout_s=5)
    assert list(out.parent.iterdir()) == []
    assert is_gone(int(child.read_text()))


def is_gone(pid: int) -> bool:
    """Its parent is dead, so somebody has to collect it first: that may take a moment."""
    for _ in range(600):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        state = Path(f"/proc/{pid}/stat")
        if state.is_file() and state.read_text().rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.05)
    return False


@needs_scripts
def test_a_program_that_does_not_start_is_told(page: Path, out: Path, tmp_path: Path) -> None:
    with pytest.raises(PickupError, match="does not start"):
        print_pdf(page, out, chromium=str(tmp_path / "nowhere"))


def test_without_chromium_it_is_told_what_was_looked_for_and_how_to_get_it(
    page: Path, out: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(chromium, "_usual_places", list)
    with pytest.raises(UsageError) as caught:
        check_printer()
    told = str(caught.value)
    assert "looked for chromium, chromium-browser, google-chrome" in told
    for system in ("Debian", "Ubuntu", "macOS", "Windows"):
        assert f"{system}: " in told
    assert "`pickup doctor`" in told
    with pytest.raises(UsageError, match="no Chromium was found"):
        print_pdf(page, out)
    assert not out.exists()
