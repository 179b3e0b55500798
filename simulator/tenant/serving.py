"""Running the tenant: as this process, or as one of its own for tests and benchmarks."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import threading
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import orjson
import uvicorn

from simulator.errors import UsageError
from simulator.tenant.admin import HEADER
from simulator.tenant.app import make_app
from simulator.tenant.proxy import FaultProxy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from simulator.tenant.faults import Faults
    from simulator.tenant.settings import Settings
    from simulator.tenant.store import Store

__all__ = ["RunningTenant", "running_tenant", "serve"]

HOST: Final = "127.0.0.1"
START_S: Final = 30.0
KEEP_ALIVE_S: Final = 5
"""How long an idle connection is kept."""


def serve(
    store: Store,
    settings: Settings,
    *,
    port: int,
    faults: Faults,
    admin_token: str,
    ready: Callable[[str], None],
    with_proxy: bool = False,
) -> None:
    """Serve until told to stop; ``ready`` gets the address once it is listened on.

    ``with_proxy``: put the proxy in front, so that faults of the TCP level may be switched on.

    Raises:
        UsageError: the port is taken.
    """
    app = make_app(store, settings, faults=faults, admin_token=admin_token)
    config = uvicorn.Config(
        app,
        http="httptools",
        lifespan="off",
        access_log=False,
        log_level="warning",
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=2,
        server_header=False,
    )
    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(_serve(config, faults if with_proxy else None, port, ready))


async def _serve(
    config: uvicorn.Config, faults: Faults | None, port: int, ready: Callable[[str], None]
) -> None:
    """The server, with the proxy in front of it where ``faults`` may be of the TCP level."""
    server = uvicorn.Server(config)
    if faults is None:
        with _listening(port) as listener:
            ready(f"http://{HOST}:{listener.getsockname()[1]}")
            await server.serve(sockets=[listener])
        return
    with _listening(0) as listener:
        inner = listener.getsockname()[1]
        async with FaultProxy(HOST, inner, faults, port=port) as proxy:
            ready(proxy.url)
            await server.serve(sockets=[listener])


@contextlib.contextmanager
def _listening(port: int) -> Iterator[socket.socket]:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    with listener:
        if sys.platform != "win32":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
        except OSError as error:
            raise UsageError(
                f"port {port} is taken ({error.strerror}); give another --port, or 0 for any"
            ) from error
        listener.listen(2048)
        yield listener


@dataclass
class RunningTenant:
    """A tenant in a process of its own."""

    url: str
    """``http://127.0.0.1:PORT``."""
    context: str
    admin_token: str = field(repr=False)
    kit: Path = field(default_factory=Path)
    """The folder with the maps and ``tenant.env``."""
    process: subprocess.Popen[str] | None = None

    def admin(self, method: str, path: str, body: object = None) -> Any:
        """Ask the admin face: ``admin("GET", "truth")``."""
        request = urllib.request.Request(  # noqa: S310 - our own process on 127.0.0.1
            f"{self.url}/admin/{path}",
            data=None if body is None else orjson.dumps(body),
            headers={HEADER: self.admin_token, "Content-Type": "application/json"},
            method=method,
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=30) as answer:
            return orjson.loads(answer.read())

    @property
    def secrets(self) -> dict[str, str]:
        """What ``tenant.env`` holds: variables by name."""
        return _variables(self.kit / "tenant.env")


@contextlib.contextmanager
def running_tenant(
    *arguments: str, kit: Path | None = None, environment: dict[str, str] | None = None
) -> Iterator[RunningTenant]:
    """A tenant as a process of its own on a free port, ended with the ``with``.

    Args:
        arguments: for ``pickup tenant``, besides port and kit.
        kit: where its maps and secrets go; a folder for the time if left out.
        environment: further variables for the process.
    """
    with contextlib.ExitStack() as stack:
        folder = kit or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tenant-")))
        process = stack.enter_context(_process([*arguments, "--kit", str(folder)], environment))
        address = _first_line(process)
        url, _, context = address.rpartition("/")
        token = _variables(folder / "tenant.env")["TENANT_ADMIN"]
        yield RunningTenant(url, context, token, folder, process)


@contextlib.contextmanager
def _process(
    arguments: Sequence[str], environment: dict[str, str] | None
) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "simulator.cli", "tenant", "--port", "0", *arguments]
    process = subprocess.Popen(  # noqa: S603 - this very Python
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, **(environment or {})}
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()


def _first_line(process: subprocess.Popen[str]) -> str:
    """The address, once the tenant listens."""
    assert process.stdout is not None  # noqa: S101 - it was asked for
    late = threading.Timer(START_S, process.kill)
    late.start()
    line = process.stdout.readline().strip()
    late.cancel()
    if not line:
        raise UsageError(f"the tenant did not start (exit code {process.wait()}); see its messages")
    return line


def _variables(path: Path) -> dict[str, str]:
    """The assignments of a file for the shell, as ``kit`` writes it."""
    lines = path.read_text(encoding="utf-8").splitlines()
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name: value.strip("'") for name, _, value in pairs}


def new_admin_token() -> str:
    """A token for the admin face."""
    return secrets.token_hex(16)
