"""Delivery of callbacks: time-out, retries, loss and switch-off."""

import asyncio
import json
import time
from collections import Counter
from datetime import timedelta
from itertools import pairwise
from typing import Any

import httpx
import pytest

from desk_simulators.connectwise import Behaviour, ConnectWiseSimulator, DeliveryRules, Faults
from desk_simulators.connectwise.testing import listen


@pytest.mark.parametrize("status", [404, 409, 419, 429])
async def test_four_answers_are_retried_twice_with_the_same_message(
    psa: ConnectWiseSimulator, api: httpx.AsyncClient, receiver: Any, status: int
) -> None:
    receiver.statuses = [status]
    await listen(api)
    psa.technician("jdoe").open_ticket("x", "ACME")
    assert await psa.deliver_pending() == 3
    assert len({request.content for request in receiver.requests}) == 1
    assert [(attempt.attempt, attempt.outcome) for attempt in psa.ledger.attempts] == [
        (1, "retried"),
        (2, "retried"),
        (3, "failed"),
    ]


@pytest.mark.parametrize("status", [301, 400, 401, 410, 500, 502, 503, 504])
async def test_any_other_answer_is_never_retried(
    psa: ConnectWiseSimulator, api: httpx.AsyncClient, receiver: Any, status: int
) -> None:
    receiver.statuses = [status]
    await listen(api)
    psa.technician("jdoe").open_ticket("x", "ACME")
    assert await psa.deliver_pending() == 1
    assert psa.ledger.outcomes == {"failed": 1}


@pytest.mark.parametrize("status", [200, 201, 202, 204])
async def test_any_2xx_is_success_also_on_a_retry(
    psa: ConnectWiseSimulator, api: httpx.AsyncClient, receiver: Any, status: int
) -> None:
    receiver.statuses = [429, status]
    await listen(api)
    psa.technician("jdoe").open_ticket("x", "ACME")
    assert await psa.deliver_pending() == 2
    assert psa.ledger.outcomes == {"retried": 1, "delivered": 1}


async def test_retries_come_two_and_then_four_seconds_later(clock: Any, eventually: Any) -> None:
    sent: list[float] = []

    def busy(request: httpx.Request) -> httpx.Response:
        sent.append(time.monotonic())
        return httpx.Response(429)

    rules = DeliveryRules(scale=0.05)
    psa = ConnectWiseSimulator(clock=clock, callback_transport=httpx.MockTransport(busy), rules=rules)
    await psa.start()
    async with psa.client() as api:
        await listen(api)
        psa.technician("jdoe").open_ticket("x", "ACME")
        await eventually(lambda: len(sent) == 3)
    await psa.stop()
    first, second = (later - earlier for earlier, later in pairwise(sent))
    assert first >= 2 * rules.scale
    assert second >= 4 * rules.scale


async def test_a_receiver_that_is_away_or_too_slow_loses_the_callback(clock: Any) -> None:
    async def slow(request: httpx.Request) -> httpx.Response:
        if request.url.host == "away.example":
            raise httpx.ConnectError("refused", request=request)
        await asyncio.sleep(30)
        return httpx.Response(202)

    rules = DeliveryRules(timeout_seconds=0.05)
    psa = ConnectWiseSimulator(clock=clock, mode="manual", callback_transport=httpx.MockTransport(slow), rules=rules)
    async with psa.client() as api:
        await listen(api)
        await listen(api, url="https://away.example/?id=")
        psa.technician("jdoe").open_ticket("x", "ACME")
        assert await psa.deliver_pending() == 2
    await psa.stop()
    assert [(attempt.outcome, attempt.reason) for attempt in psa.ledger.attempts] == [
        ("failed", "timeout"),
        ("failed", "ConnectError"),
    ]


async def test_three_days_in_a_row_of_failures_switch_the_callback_off_until_it_is_rearmed(
    psa: ConnectWiseSimulator, api: httpx.AsyncClient, receiver: Any, clock: Any
) -> None:
    number, technician = await listen(api), psa.technician("jdoe")

    async def fail_for(**duration: float) -> bool:
        clock.advance(**duration)
        receiver.statuses = [500]
        technician.open_ticket("x", "ACME")
        await psa.deliver_pending()
        return bool((await api.get(f"system/callbacks/{number}")).json()["inactiveFlag"])

    assert await fail_for() is False
    assert await fail_for(days=2.9) is False
    receiver.statuses = [202]
    technician.open_ticket("a success between", "ACME")
    await psa.deliver_pending()
    assert await fail_for(days=2.9) is False
    assert await fail_for(days=3) is True
    technician.open_ticket("nobody is told", "ACME")
    assert psa.pending == 0
    await api.patch(f"system/callbacks/{number}", json=[{"op": "replace", "path": "inactiveFlag", "value": False}])
    technician.open_ticket("told again", "ACME")
    assert psa.pending == 1


async def test_the_time_until_the_switch_off_can_be_scaled(clock: Any) -> None:
    rules = DeliveryRules(switch_off_after=timedelta(0))
    down = httpx.MockTransport(lambda request: httpx.Response(500))
    psa = ConnectWiseSimulator(clock=clock, mode="manual", callback_transport=down, rules=rules)
    async with psa.client() as api:
        number = await listen(api)
        for _ in range(2):
            psa.technician("jdoe").open_ticket("x", "ACME")
        await psa.deliver_pending()
    await psa.stop()
    assert psa.state.record("callback", number)["inactiveFlag"] is True
    assert [attempt.outcome for attempt in psa.ledger.attempts] == ["failed", "dropped"]


async def test_a_receiver_that_answers_slowly_gets_several_callbacks_at_once(clock: Any, eventually: Any) -> None:
    under_way: list[int] = []
    at_once: list[int] = []

    async def receive(request: httpx.Request) -> httpx.Response:
        under_way.append(1)
        at_once.append(len(under_way))
        await asyncio.sleep(0.01)
        under_way.pop()
        return httpx.Response(202)

    psa = ConnectWiseSimulator(
        clock=clock, callback_transport=httpx.MockTransport(receive), rules=DeliveryRules(concurrency=4)
    )
    await psa.start()
    async with psa.client() as api:
        await listen(api)
        for number in range(40):
            psa.technician("jdoe").open_ticket(f"{number}", "ACME")
        await eventually(lambda: psa.ledger.outcomes["delivered"] == 40)
    await psa.stop()
    assert max(at_once) == 4


async def test_ten_thousand_callbacks_with_loss_doubling_and_shuffling_are_sent_and_accounted_for(clock: Any) -> None:
    received: Counter[str] = Counter()
    order: list[int] = []

    def receive(request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        received[body["MessageId"]] += 1
        order.append(body["ID"])
        return httpx.Response(202)

    faults = Faults(seed=7, callbacks_lost=0.3, callbacks_doubled=0.2, callbacks_shuffle_seconds=5)
    psa = ConnectWiseSimulator(
        clock=clock,
        mode="manual",
        faults=faults,
        behaviour=Behaviour(),
        callback_transport=httpx.MockTransport(receive),
    )
    async with psa.client() as api:
        await listen(api)
        technician = psa.technician("jdoe")
        tickets = [technician.open_ticket(f"{number}", "ACME")["id"] for number in range(2_000)]
        for status in ("In Progress", "Waiting on Client", "In Progress", "Completed"):
            for ticket in tickets:
                technician.set_status(ticket, status)
        assert len(psa.state.table("changelog")) == 10_000
        await psa.deliver_pending()
    await psa.stop()
    lost = psa.ledger.outcomes["lost"]
    doubled = sum(times == 2 for times in received.values())
    assert lost + len(received) == 10_000
    assert psa.ledger.outcomes["delivered"] == len(received) + doubled
    assert 2_700 < lost < 3_300
    assert 0.17 < doubled / len(received) < 0.23
    assert order != sorted(order)
