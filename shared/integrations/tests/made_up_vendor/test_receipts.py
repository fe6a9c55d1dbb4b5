"""Callbacks of a made-up vendor in a service that is not intake: stored before the answer, read once, never lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest

from desk_integrations.instance_access import RecordBusy
from desk_integrations.vendor_errors import VendorRateLimited, VendorRefused, VendorUnavailable

from .docs_with_pulse import PULSE, ROWS, TICKET, DocsWithPulse, docs_with_pulse
from .pulse import event

pytestmark = pytest.mark.postgres
UNREAD = "SELECT tries, detail, next > now(), leased IS NULL FROM pulse_receipts WHERE state = 'unread'"


@pytest.fixture
async def desk(database: str) -> AsyncIterator[DocsWithPulse]:
    async with docs_with_pulse(database) as found:
        yield found


async def unread(desk: DocsWithPulse) -> int:
    return await desk.access.query(lambda cursor: ROWS.receipts.unread(cursor, 100))


async def due_again(desk: DocsWithPulse) -> None:
    await desk.query("UPDATE pulse_receipts SET next = now() WHERE state = 'unread' RETURNING 1")


async def test_a_signed_callback_is_stored_then_read_and_its_body_is_emptied(desk: DocsWithPulse) -> None:
    desk.pulse.answer(7, score=4)
    answer = await desk.post(event(7))
    assert (answer.status_code, answer.json()) == (202, {"receipt": "stored"})
    assert (await unread(desk), desk.pulse.read, desk.integration.wake.is_set()) == (1, [], True)
    assert await desk.integration.receipts.drain() == 1
    assert await desk.ratings() == [("7", 1, 4)]
    assert await desk.query("SELECT state, length(body), instance FROM pulse_receipts") == [("read", 0, PULSE)]


async def test_a_repeated_callback_is_known_and_a_record_is_read_once_for_all_its_receipts(desk: DocsWithPulse) -> None:
    desk.pulse.answer(7, score=4)
    keys = ("e-1", "e-1", "e-2", "e-3")
    answers = [(await desk.post(event(7, key))).json()["receipt"] for key in keys]
    assert answers == ["stored", "known", "stored", "stored"]
    assert await desk.integration.receipts.drain() == 1
    assert (await unread(desk), desk.pulse.read) == (0, ["7"])
    await desk.post(event(7, "e-4"))
    assert await desk.integration.receipts.drain() == 1
    assert await desk.ratings() == [("7", 1, 4)]


REFUSED = (
    (event(7), None, PULSE, 401, "signature_missing", "x-pulse-signature"),
    (event(7), "0" * 64, PULSE, 401, "signature_wrong", "key of this instance"),
    (event(7), "", "pulse-other", 403, "unknown_vendor_instance", "DESK_INTEGRATIONS"),
    (event(7, kind="invoice"), "", PULSE, 422, "invalid_field", "answer"),
    (b'{"id": 7}', "", PULSE, 422, "invalid_field", "one event"),
)


async def test_a_callback_that_is_not_believed_names_the_remedy_and_stores_nothing(desk: DocsWithPulse) -> None:
    for body, signed, instance, status, code, remedy in REFUSED:
        answer = await desk.post(body, signed, instance)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert remedy in answer.json()["remedy"]
    assert await unread(desk) == 0


async def test_a_vendor_that_cannot_prove_the_callback_now_makes_the_sender_come_again(desk: DocsWithPulse) -> None:
    desk.pulse.down = VendorUnavailable("pulse", "GET /key", "no answer")
    answer = await desk.post(event(7))
    assert (answer.status_code, answer.json()["code"], "retry-after" in answer.headers) == (
        429,
        "too_many_requests",
        True,
    )


async def test_receipts_wait_longer_after_each_try_while_the_vendor_is_away(desk: DocsWithPulse) -> None:
    desk.pulse.answer(7, score=4)
    await desk.post(event(7))
    desk.pulse.down = VendorRateLimited("pulse", "GET /answers/7", "wait", retry_after=90)
    assert await desk.integration.receipts.turn() == 1
    assert await desk.query(UNREAD) == [(1, "VendorRateLimited", True, True)]
    assert await desk.query("SELECT next > now() + interval '80 s' FROM pulse_receipts") == [(True,)]
    assert await desk.integration.receipts.turn() == 0
    desk.pulse.down = None
    await due_again(desk)
    assert await desk.integration.receipts.drain() == 1
    assert await desk.ratings() == [("7", 1, 4)]


async def test_an_unreadable_record_is_parked_for_a_revisit_and_read_in_a_later_round(desk: DocsWithPulse) -> None:
    desk.pulse.answer(7, score=4)
    desk.pulse.invalid.add("7")
    await desk.post(event(7))
    await desk.integration.receipts.drain()
    assert await unread(desk) == 0
    assert await desk.query("SELECT instance, kind, record, reason FROM pulse_revisits") == [
        (PULSE, "answer", "7", "failed")
    ]
    desk.pulse.invalid.clear()
    await desk.integration.poller.round()
    assert (await desk.ratings(), await desk.query("SELECT 1 FROM pulse_revisits")) == ([("7", 1, 4)], [])


async def test_refused_credentials_keep_the_receipts(desk: DocsWithPulse) -> None:
    await desk.post(event(7))
    desk.pulse.down = VendorRefused("pulse", "GET /answers/7", "401", status=401)
    await desk.integration.receipts.drain()
    assert [row[0] for row in await desk.query(UNREAD)] == [1]
    assert await desk.query("SELECT 1 FROM pulse_revisits") == []


async def test_a_record_that_is_busy_here_is_read_again_soon_and_no_try_counts(desk: DocsWithPulse) -> None:
    desk.pulse.answer(7, score=4)
    await desk.post(event(7))

    async def busy(_record: str) -> Any:
        raise RecordBusy("7")

    with patch.object(desk.pulse, "get", busy):
        await desk.integration.receipts.turn()
    assert await desk.query(UNREAD) == [(0, RecordBusy.reason, True, True)]
    await due_again(desk)
    await desk.integration.receipts.drain()
    assert await desk.ratings() == [("7", 1, 4)]


async def test_too_many_unread_receipts_make_the_sender_come_again(desk: DocsWithPulse, monkeypatch: Any) -> None:
    monkeypatch.setattr(ROWS.receipts, "unread", lambda _cursor, up_to: up_to)
    answer = await desk.post(event(7))
    assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (
        429,
        "too_many_requests",
        "10",
    )


async def test_of_two_processes_one_reads_each_record_at_a_time(database: str, desk: DocsWithPulse) -> None:
    async with docs_with_pulse(database, pulse=desk.pulse) as other:
        for number in range(20):
            desk.pulse.answer(number + 1, score=3)
            for key in ("a", "b"):
                await desk.post(event(number + 1, f"{number}-{key}"))
        await asyncio.gather(desk.integration.receipts.drain(), other.integration.receipts.drain())
        assert sorted(map(int, desk.pulse.read)) == list(range(1, 21))
        assert sorted(int(survey) for survey, _, _ in await desk.ratings()) == list(range(1, 21))


async def test_read_receipts_are_deleted_when_they_are_too_old(desk: DocsWithPulse) -> None:
    desk.pulse.answer(7, score=4)
    await desk.post(event(7))
    await desk.integration.receipts.drain()
    await desk.access.query(ROWS.receipts.purge)
    assert await desk.query("SELECT count(*) FROM pulse_receipts") == [(1,)]
    await desk.query("UPDATE pulse_receipts SET ended = now() - interval '401 days' RETURNING 1")
    await desk.access.query(ROWS.receipts.purge)
    assert await desk.query("SELECT count(*) FROM pulse_receipts") == [(0,)]


async def test_a_running_service_reads_a_callback_by_itself(database: str) -> None:
    async with docs_with_pulse(database, running=True) as desk:
        desk.pulse.answer(7, score=5, at=timedelta(minutes=1))
        assert (await desk.post(event(7))).status_code == 202
        async with asyncio.timeout(30):
            while await desk.ratings() != [("7", 1, 5)]:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        assert (await desk.served.ticket(TICKET)).intake.exists
