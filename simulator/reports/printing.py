"""A finished page in print: a tagged PDF, by the Chromium of the machine."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from simulator.errors import PickupError, UsageError
from simulator.reports.chromium import NAMES, find_chromium

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["check_printer", "print_pdf"]

_FLAGS = (
    "--headless",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-sync",
    "--no-first-run",
    "--no-default-browser-check",
    # Nothing in a page asks for anything; nothing of the browser's own may either.
    "--proxy-server=127.0.0.1:9",
    "--no-pdf-header-footer",
    "--generate-pdf-document-outline",
    "--export-tagged-pdf",
)


def check_printer() -> str:
    """The Chromium that prints.

    Raises:
        UsageError: there is none on this machine.
    """
    found = find_chromium()
    if found is None:
        raise UsageError(
            f"no Chromium was found (looked for {', '.join(NAMES)}), and a PDF needs one; install "
            "one (Debian: apt-get install chromium; Ubuntu: snap install chromium; macOS: brew "
            "install --cask chromium; Windows: Edge, which comes with it), or leave out --pdf; "
            "`pickup doctor` tells more"
        )
    return str(found)


def print_pdf(
    page: Path, out: Path, *, chromium: str | None = None, timeout_s: float = 120.0
) -> None:
    """Print a page to a PDF with its headings as tags and outline; it is there whole or not.

    Args:
        page: the self-contained HTML.
        out: the file; one that stands there is replaced.
        chromium: the program; the one that is found if left out.
        timeout_s: how long it may take.

    Raises:
        UsageError: there is no Chromium.
        PickupError: it failed, took too long, or wrote no whole PDF.
    """
    program = chromium or check_printer()
    draft = out.with_name(f".draft-{secrets.token_hex(4)}-{out.name}")
    try:
        with tempfile.TemporaryDirectory(
            prefix="pickup-print-", ignore_cleanup_errors=True
        ) as profile:
            _run(_command(program, page, draft, profile), page, profile, timeout_s)
        _check_whole(draft, page)
        draft.replace(out)
    finally:
        draft.unlink(missing_ok=True)


def _command(program: str, page: Path, out: Path, profile: str) -> list[str]:
    # Its sandbox does not work for root, which is who runs in most containers.
    is_root = sys.platform != "win32" and os.geteuid() == 0
    return [
        program,
        *_FLAGS,
        *(["--no-sandbox"] if is_root else []),
        f"--user-data-dir={profile}",
        f"--print-to-pdf={out.absolute()}",
        page.absolute().as_uri(),
    ]


def _run(command: list[str], page: Path, profile: str, timeout_s: float) -> None:
    more: dict[str, Any] = {} if sys.platform == "win32" else {"start_new_session": True}
    # What it leaves behind when it is ended in the middle goes with the profile.
    more["env"] = os.environ | dict.fromkeys(("TMPDIR", "TMP", "TEMP"), profile)
    try:
        process = subprocess.Popen(  # noqa: S603 - a program found on the machine, no shell
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, **more,
        )  # fmt: skip
    except OSError as error:
        raise PickupError(
            f"{page} could not be printed: {command[0]} does not start ({error.strerror}); "
            "`pickup doctor` tells more"
        ) from error
    try:
        _, said = process.communicate(timeout=timeout_s)
    except subprocess.TimeoutExpired:
        raise PickupError(
            f"{page} was not printed within {timeout_s:g} s; the browser was ended. Try again when "
            "the machine is less busy"
        ) from None
    finally:
        _end(process)
    if process.returncode != 0:
        last = said.decode(errors="replace").strip()[-300:] or "no word"
        raise PickupError(
            f"{page} could not be printed: the browser ended with {process.returncode}: {last}"
        )


def _end(process: subprocess.Popen[bytes]) -> None:
    """The browser and all that it has started."""
    if sys.platform == "win32":
        process.kill()
    else:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if process.stderr is not None:
        process.stderr.close()


def _check_whole(pdf: Path, page: Path) -> None:
    content = pdf.read_bytes() if pdf.is_file() else b""
    if not (content.startswith(b"%PDF-") and b"%%EOF" in content[-1024:]):
        raise PickupError(
            f"{page} could not be printed: the browser wrote no whole PDF ({len(content):,} "
            "bytes); look at the room on the disk, and try again"
        )
    if b"/StructTreeRoot" not in content:
        raise PickupError(
            f"{page} could not be printed: the PDF has no tags, so a screen reader could not read "
            "it; take a newer Chromium"
        )
