"""Chat, pickup and retry chains: rows C1–C5, P1, P3, A17, and the identities between them."""

from __future__ import annotations

import pytest

from simulator.errors import ParameterError
from simulator.theory import (
    EndlessPatience,
    ExponentialPatience,
    FixedPatience,
    chat_desk,
    erlang_a,
    mmc,
    mmc_g,
    pickup_desk,
    retrying_desk,
)
from simulator.theory.chains import stationary

OUTPUT = (1 / 6, 1.7 / 6, 2.2 / 6, 2.1 / 6)


def six_digits(value: float) -> object:
    return pytest.approx(value, abs=5.1e-7, rel=0)


@pytest.mark.parametrize(
    ("cap", "rate", "p_wait", "p_abandon", "wait", "handle", "busy", "concurrency"),
    [
        (3, 1.5, 0.173680, 0.039584, 0.158336, 7.513108, 0.974904, 2.220438),  # C1
        (3, 1.8, 0.387907, 0.101357, 0.405428, 7.812640, 0.991177, 2.549978),  # C2
        (4, 1.8, 0.292608, 0.081051, 0.324206, 9.568687, 0.994495, 3.183051),  # C5
    ],
)
def test_five_agents_with_several_chats(
    cap: int,
    rate: float,
    p_wait: float,
    p_abandon: float,
    wait: float,
    handle: float,
    busy: float,
    concurrency: float,
) -> None:
    chat = chat_desk(
        arrival_rate=rate, output=OUTPUT[:cap], agents=5, patience=ExponentialPatience(4)
    )
    assert chat.waiting.p_wait == six_digits(p_wait)
    assert chat.waiting.p_abandon == six_digits(p_abandon)
    assert chat.waiting.mean_wait == six_digits(wait)
    assert chat.mean_handle == six_digits(handle)
    assert chat.busy == six_digits(busy)
    assert chat.concurrency == six_digits(concurrency)


@pytest.mark.parametrize(
    ("agents", "output"),
    [
        (12, [0.5]),  # one chat each
        (4, [0.5, 1.0, 1.5]),  # chats that do not slow each other: 12 slots
        (6, [0.5, 1.0]),
    ],
)
def test_chats_that_do_not_share_an_agents_time_are_erlang_a(
    agents: int, output: list[float]
) -> None:
    chat = chat_desk(
        arrival_rate=4.2,
        output=output,
        agents=agents,
        patience=ExponentialPatience(1),
        threshold=1 / 3,
    )
    a9 = erlang_a(arrival_rate=4.2, service_rate=0.5, agents=12, patience_rate=1, threshold=1 / 3)
    assert chat.waiting.p_wait == six_digits(0.127372)
    assert chat.waiting.p_abandon == pytest.approx(a9.p_abandon, rel=1e-10)
    assert chat.waiting.excl_short_abandons == pytest.approx(a9.excl_short_abandons, rel=1e-10)
    assert chat.slots == pytest.approx(a9.occupancy, rel=1e-10)
    assert chat.mean_handle == pytest.approx(2.0, rel=1e-10)


def test_work_done_is_work_brought() -> None:
    chat = chat_desk(
        arrival_rate=1.8, output=OUTPUT[:3], agents=5, patience=FixedPatience(4), threshold=1
    )
    done = 5 * sum(
        share * rate for share, rate in zip(chat.open_share[1:], OUTPUT[:3], strict=True)
    )
    assert done == pytest.approx(1.8 * (1 - chat.waiting.p_abandon), rel=1e-10)
    assert sum(chat.open_share) == pytest.approx(1)
    # Little's law over the slots
    held = 5 * 3 * chat.slots
    assert held == pytest.approx(1.8 * (1 - chat.waiting.p_abandon) * chat.mean_handle)


def test_chat_with_general_patience_and_one_slot_is_mmcg() -> None:
    chat = chat_desk(arrival_rate=4.2, output=[0.5], agents=9, patience=FixedPatience(1))
    queue = mmc_g(arrival_rate=4.2, service_rate=0.5, agents=9, patience=FixedPatience(1))
    assert chat.waiting.p_abandon == pytest.approx(queue.p_abandon, rel=1e-10)


def test_chat_with_patient_customers_needs_the_output_of_a_full_desk() -> None:
    # 5 agents with 3 chats each finish 5 × 2.2 ÷ 6 = 1.83 a minute at most
    with pytest.raises(ParameterError, match="no steady state"):
        chat_desk(arrival_rate=1.84, output=OUTPUT[:3], agents=5, patience=EndlessPatience())
    assert (
        chat_desk(
            arrival_rate=1.8, output=OUTPUT[:3], agents=5, patience=EndlessPatience()
        ).waiting.p_abandon
        == 0
    )


def test_output_is_checked() -> None:
    with pytest.raises(ParameterError, match="output is empty"):
        chat_desk(arrival_rate=1, output=[], agents=5, patience=EndlessPatience())
    with pytest.raises(ParameterError, match=r"output\(2\) is 0; give a positive number"):
        chat_desk(arrival_rate=1, output=[1, 0], agents=5, patience=EndlessPatience())


def test_three_agents_who_take_half_a_minute_to_react() -> None:
    p1 = pickup_desk(
        arrival_rate=0.4, service_rate=1 / 6, agents=3, reaction_rate=2, patience_rate=0.25
    )
    assert p1.p_wait == six_digits(0.382098)
    assert p1.p_abandon == six_digits(0.255235)
    assert p1.p_abandon_in_queue == six_digits(0.162140)
    assert p1.queue_length == six_digits(0.259424)
    assert p1.reacting == six_digits(0.148953)
    assert p1.in_service == six_digits(1.787435)


def test_twelve_agents_who_take_ten_seconds_to_react() -> None:
    p3 = pickup_desk(
        arrival_rate=4.2, service_rate=0.5, agents=12, reaction_rate=6, patience_rate=1
    )
    assert p3.p_wait == six_digits(0.089111)
    assert p3.p_abandon == six_digits(0.159711)
    assert p3.p_abandon_in_queue == six_digits(0.019663)
    assert p3.queue_length == six_digits(0.082584)
    assert p3.reacting == six_digits(0.588202)
    assert p3.in_service == six_digits(7.058427)


def test_a_desk_that_reacts_at_once_is_erlang_a() -> None:
    quick = pickup_desk(
        arrival_rate=4.2, service_rate=0.5, agents=12, reaction_rate=1e9, patience_rate=1
    )
    a9 = erlang_a(arrival_rate=4.2, service_rate=0.5, agents=12, patience_rate=1)
    assert quick.p_wait == pytest.approx(a9.p_wait, abs=1e-8)
    assert quick.p_abandon == pytest.approx(a9.p_abandon, abs=1e-8)
    assert quick.queue_length == pytest.approx(a9.queue_length, abs=1e-8)


def test_a_pickup_desk_that_cannot_keep_up_is_refused() -> None:
    with pytest.raises(ParameterError, match="the desk does not keep up"):
        pickup_desk(arrival_rate=0.5, service_rate=1, agents=1, reaction_rate=0.9, patience_rate=0)
    with pytest.raises(ParameterError, match="patience_rate is -1; give 0 or more"):
        pickup_desk(arrival_rate=0.5, service_rate=1, agents=1, reaction_rate=0.9, patience_rate=-1)


def test_half_of_those_who_give_up_come_back_after_five_minutes() -> None:
    a17 = retrying_desk(
        arrival_rate=4.2,
        service_rate=0.5,
        agents=9,
        patience_rate=1,
        probability=0.5,
        delay_rate=0.2,
    )
    assert a17.attempt_rate == six_digits(4.581439)
    assert a17.p_abandon == six_digits(0.166515)
    assert a17.finally_lost == six_digits(0.090819)
    # every attempt but the first follows one that was given up, with chance one half
    assert a17.attempt_rate == pytest.approx(4.2 + 0.5 * a17.p_abandon * a17.attempt_rate)


def test_customers_who_stay_away_for_hours_come_back_as_a_poisson_stream() -> None:
    # the fixed point of Erlang A with more arrivals, 0.4 % below the exact attempts of A17
    rate = 4.2
    for _ in range(100):
        p_abandon = erlang_a(
            arrival_rate=rate, service_rate=0.5, agents=9, patience_rate=1
        ).p_abandon
        rate = 4.2 + 0.5 * p_abandon * rate
    slow = retrying_desk(
        arrival_rate=4.2,
        service_rate=0.5,
        agents=9,
        patience_rate=1,
        probability=0.5,
        delay_rate=1 / 300,
    )
    assert rate == pytest.approx(4.564619, abs=1e-6)
    assert slow.attempt_rate == pytest.approx(rate, rel=1e-3)


def test_nobody_comes_back_is_erlang_a() -> None:
    none = retrying_desk(
        arrival_rate=4.2,
        service_rate=0.5,
        agents=12,
        patience_rate=1,
        probability=0,
        delay_rate=0.2,
    )
    a9 = erlang_a(arrival_rate=4.2, service_rate=0.5, agents=12, patience_rate=1)
    assert none.p_wait == pytest.approx(a9.p_wait, rel=1e-9)
    assert none.p_abandon == pytest.approx(none.finally_lost) == pytest.approx(a9.p_abandon)
    assert none.away == 0


def test_everybody_coming_back_is_refused() -> None:
    with pytest.raises(ParameterError, match="probability is 1; give a share from 0 to below 1"):
        retrying_desk(
            arrival_rate=1,
            service_rate=1,
            agents=2,
            patience_rate=1,
            probability=1,
            delay_rate=1,
        )


def test_shares_of_a_birth_death_chain_are_geometric() -> None:
    # up 1, down 2, five states
    def moves(state: tuple[int, ...]) -> list[tuple[tuple[int, ...], float]]:
        (n,) = state
        return [((n + 1,), 1.0 if n < 4 else 0.0), ((n - 1,), 2.0 if n else 0.0)]

    states, shares = stationary((0,), moves)
    assert states.ravel().tolist() == [0, 1, 2, 3, 4]
    assert shares == pytest.approx([16 / 31, 8 / 31, 4 / 31, 2 / 31, 1 / 31])


def test_the_limit_of_many_waiting_is_shared_with_erlang_c() -> None:
    patient = pickup_desk(
        arrival_rate=4.2, service_rate=0.5, agents=12, reaction_rate=1e9, patience_rate=0
    )
    a4 = mmc(arrival_rate=4.2, service_rate=0.5, agents=12)
    assert patient.mean_wait == pytest.approx(a4.mean_wait, rel=1e-6)
