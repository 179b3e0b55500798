"""One tenant as a process of its own for all tests of a worker, made new before each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from simulator.tenant.serving import running_tenant
from tests.tenant.house import House
from tests.tenant.served import Served

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simulator.tenant.serving import RunningTenant


@pytest.fixture(scope="session")
def running() -> Iterator[RunningTenant]:
    """The process."""
    with running_tenant() as found:
        yield found


@pytest.fixture(scope="session")
def web() -> Iterator[httpx.Client]:
    """A client with connections that stay open."""
    with httpx.Client(trust_env=False, timeout=30) as found:
        yield found


@pytest.fixture
def tenant(running: RunningTenant) -> Served:
    """The tenant with nobody in the queue, everybody present and settings as inferred."""
    served = Served(running)
    served.anew()
    return served


@pytest.fixture
def house(running: RunningTenant, web: httpx.Client) -> House:
    """The same, seen through one client."""
    found = House(running, web)
    found.as_new()
    return found
