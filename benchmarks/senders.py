"""The peers of the replay: the same pickups at the same instants, by httpx and aiohttp as they are.

Each sends call ``i`` at ``i / rate`` whatever became of the others (an open loop), and notes how
long after that instant its answer was there, so that a sender that falls behind does not hide it.
They journal nothing, guard nothing and read no answer; the replay does all three.
"""

from __future__ import annotations

import asyncio
import resource
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Sequence

__all__ = ["PEERS", "Sent", "cpu_s", "loop_factory"]

CONNECTIONS = 32
GIVE_UP_S = 10.0
"""How long after the last call is due a sender may go on."""


@dataclass(frozen=True)
class Sent:
    """What a sender did."""

    answered: int
    """Calls with a 200 as answer, of all that were due."""
    due: int
    wall_s: float
    cpu_s: float
    response_s: Sequence[float]
    """From the instant a call was due to its answer."""
    lag_s: Sequence[float]
    """From the instant a call was due to its being sent."""
    shed: int = 0


async def paced(
    pickup: Callable[[int], Awaitable[int]], rate: float, calls: int
) -> tuple[int, list[float], list[float]]:
    """Send ``calls`` pickups at ``rate`` a second; answered calls, their responses and lags."""
    start = time.perf_counter() + 0.2
    lags: list[float] = []
    responses: list[float] = []

    async def one(number: int) -> None:
        due = start + number / rate
        lags.append(time.perf_counter() - due)
        status = await pickup(number)
        if status == 200:
            responses.append(time.perf_counter() - due)

    tasks = []
    for number in range(calls):
        await asyncio.sleep(max(0.0, start + number / rate - time.perf_counter()))
        tasks.append(asyncio.create_task(one(number)))
    _, late = await asyncio.wait(tasks, timeout=GIVE_UP_S)
    for task in late:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return len(responses), responses, lags


def by_httpx(url: str, tokens: Sequence[str], rate: float, calls: int) -> Sent:
    """One AsyncClient, as its documentation shows it."""
    import httpx

    async def send() -> tuple[int, list[float], list[float]]:
        limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
        async with httpx.AsyncClient(limits=limits, trust_env=False, timeout=30) as client:

            async def pickup(number: int) -> int:
                token = tokens[number % len(tokens)]
                answer = await client.post(url, headers={"Authorization": f"Bearer {token}"})
                return answer.status_code

            return await paced(pickup, rate, calls)

    return _measured(send, calls)


def by_aiohttp(url: str, tokens: Sequence[str], rate: float, calls: int) -> Sent:
    """One ClientSession."""
    import aiohttp

    async def send() -> tuple[int, list[float], list[float]]:
        connector = aiohttp.TCPConnector(limit=CONNECTIONS)
        async with aiohttp.ClientSession(connector=connector) as client:

            async def pickup(number: int) -> int:
                token = tokens[number % len(tokens)]
                headers = {"Authorization": f"Bearer {token}"}
                async with client.post(url, headers=headers) as answer:
                    await answer.read()
                    return answer.status

            return await paced(pickup, rate, calls)

    return _measured(send, calls)


def _measured(
    send: Callable[[], Coroutine[Any, Any, tuple[int, list[float], list[float]]]], calls: int
) -> Sent:
    began, cpu = time.perf_counter(), cpu_s()

    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        answered, responses, lags = runner.run(send())
    return Sent(answered, calls, time.perf_counter() - began, cpu_s() - cpu, responses, lags)


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


def cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


PEERS = {"httpx": by_httpx, "aiohttp": by_aiohttp}
"""Senders by name."""
