"""Polling of a made-up vendor in a service that is not intake: cursors, pauses, revisits, one leader, subscriptions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from desk_integrations.cursors import FeedPosition
from desk_integrations.polling.feed_status import feed_status, overdue_feeds
from desk_integrations.polling.poller import Poller
from desk_integrations.vendor_errors import VendorRefused, VendorUnavailable

from .docs_with_pulse import FEEDS, PULSE, ROWS, DocsWithPulse, PulseSettings, docs_with_pulse
from .pulse import NOW

pytestmark = pytest.mark.postgres
MINUTE = timedelta(minutes=1)
HOUR_AGO = NOW - timedelta(hours=1)


@pytest.fixture
async def desk(database: str) -> AsyncIterator[DocsWithPulse]:
    async with docs_with_pulse(database) as found:
        yield found


async def position(desk: DocsWithPulse) -> FeedPosition:
    return await desk.access.query(lambda cursor: ROWS.cursors.position(cursor, PULSE, "answers"))


async def test_a_round_reads_what_changed_since_the_cursor_and_again_what_changed_within_the_overlap(
    desk: DocsWithPulse,
) -> None:
    desk.pulse.answer(1, score=5)
    desk.pulse.answer(2, score=3, at=10 * MINUTE)
    first = await desk.integration.poller.round()
    assert (first.changed, first.failed, first.interrupted) == (2, 0, [])
    at = (await position(desk)).at
    assert at is not None and HOUR_AGO + 9 * MINUTE < at <= HOUR_AGO + 10 * MINUTE
    desk.pulse.answer(1, score=1, at=11 * MINUTE)
    second = await desk.integration.poller.round()
    assert (second.changed, second.failed) == (1, 0)
    assert desk.pulse.asked == [(None, 0), (at - timedelta(seconds=120), 0)]
    assert sorted(await desk.ratings()) == [("1", 1, 5), ("1", 2, 1), ("2", 1, 3)]


async def test_a_position_never_moves_back_behind_another_process(desk: DocsWithPulse) -> None:
    ahead, behind = FeedPosition(HOUR_AGO, 70), FeedPosition(HOUR_AGO - MINUTE, 60)
    await desk.access.query(lambda cursor: ROWS.cursors.save_position(cursor, PULSE, "answers", ahead))
    await desk.access.query(lambda cursor: ROWS.cursors.save_position(cursor, PULSE, "answers", behind))
    assert await position(desk) == ahead


async def test_a_cursor_ahead_of_our_clock_is_set_back_by_a_day(desk: DocsWithPulse) -> None:
    jumped = FeedPosition(NOW + timedelta(days=2))
    await desk.access.query(lambda cursor: ROWS.cursors.save_position(cursor, PULSE, "answers", jumped))
    desk.pulse.answer(1, score=5)
    await desk.integration.poller.round()
    assert await desk.ratings() == [("1", 1, 5)]


async def test_a_pass_that_was_cut_resumes_behind_the_last_record(desk: DocsWithPulse) -> None:
    for number in (1, 2, 3):
        desk.pulse.answer(number, score=number)
    desk.pulse.cut_before = 3
    assert (await desk.integration.poller.round()).interrupted == ["answers"]
    assert await desk.query("SELECT feed, after FROM pulse_turns") == [("answers", 2)]
    assert (await position(desk)).at is None
    await desk.integration.poller.round()
    assert [after for _, after in desk.pulse.asked] == [0, 2]
    assert [survey for survey, _, _ in await desk.ratings()] == ["1", "2", "3"]
    assert await desk.query("SELECT feed, after FROM pulse_turns") == []


async def test_a_failed_feed_pauses_is_reported_once_and_leaves_the_others(desk: DocsWithPulse) -> None:
    desk.pulse.answer(1, score=5)
    desk.pulse.down = VendorRefused("pulse", "GET /answers", "403", status=403)
    for _ in range(2):
        result = await desk.integration.poller.round()
        assert result.interrupted == ["answers", "hooks"]
    assert desk.integration.feeds.pausing("answers") and desk.integration.feeds.refused("answers")
    asked = len(desk.pulse.asked)
    assert (await desk.integration.poller.round(skip_paused=True)).interrupted == []
    assert len(desk.pulse.asked) == asked
    desk.pulse.down = None
    await desk.integration.poller.round()
    events = await desk.operations()
    assert (events.count("feed-interrupted"), events.count("feed-resumed")) == (2, 2)
    assert await desk.ratings() == [("1", 1, 5)]


async def test_a_feed_without_a_pass_within_its_limit_is_overdue_and_its_metrics_say_so(desk: DocsWithPulse) -> None:
    desk.pulse.down = VendorUnavailable("pulse", "GET /answers", "no answer")
    await desk.integration.poller.round()
    await desk.query("UPDATE pulse_feeds SET began = now() - interval '1 hour' RETURNING 1")
    found: Any = await desk.access.query(lambda cursor: feed_status(cursor, ROWS, desk.integration.settings, FEEDS))
    assert [text.split(":")[0] for text in overdue_feeds(found, 3600)] == [f"{PULSE} answers", f"{PULSE} hooks"]
    assert overdue_feeds(found, 60) == []
    metrics = desk.served.service.metrics
    assert [metrics.feed_failing.labels(PULSE, feed)._value.get() for feed in FEEDS] == [1, 0, 1]


async def test_a_record_that_cannot_be_recorded_is_revisited_and_the_feed_goes_on_behind_it(
    desk: DocsWithPulse, monkeypatch: Any
) -> None:
    desk.pulse.answer(1, score=5, ticket="a ticket id that no stream has " * 20)
    desk.pulse.answer(2, score=3)
    result = await desk.integration.poller.round()
    assert (result.changed, result.failed) == (1, 2)
    assert await desk.query("SELECT record, tries FROM pulse_revisits") == [("1", 2)]
    assert await desk.ratings() == [("2", 1, 3)]


async def test_of_two_processes_one_polls_and_the_other_takes_over_when_it_stops(database: str) -> None:
    settings = PulseSettings(poll=0.2)
    async with (
        docs_with_pulse(database, settings, running=True) as first,
        docs_with_pulse(database, settings, running=True, pulse=first.pulse) as second,
    ):
        calls: list[Poller] = []
        for one in (first, second):
            _record_rounds(one.integration.poller, calls)
        await _until(lambda: len(calls) >= 3)
        assert set(calls) == {first.integration.poller}
        await first.integration.poller.stop()
        calls.clear()
        await _until(lambda: len(calls) >= 2)
        assert set(calls) == {second.integration.poller}


def _record_rounds(poller: Poller, calls: list[Poller]) -> None:
    made: Any = poller.round

    async def round_(**options: Any) -> Any:
        calls.append(poller)
        return await made(**options)

    poller.round = round_  # type: ignore[method-assign]


async def _until(condition: Any) -> None:
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def test_the_interval_varies_by_a_tenth(desk: DocsWithPulse) -> None:
    asked: list[tuple[float, float]] = []

    def vary(low: float, high: float) -> float:
        asked.append((low, high))
        return high

    poller = desk.integration.poller
    poller._vary = vary
    assert await poller._paced() == pytest.approx(3960)
    ((low, high),) = asked
    assert (round(low), round(high)) == (3240, 3960)


async def test_subscriptions_are_made_once_found_again_and_reported_when_the_vendor_had_switched_them_off(
    desk: DocsWithPulse,
) -> None:
    address = f"https://desk.example/docs/survey/{PULSE}/callbacks"
    await desk.integration.poller.round()
    assert desk.pulse.hooks == {"hook-answer": address}
    desk.pulse.switched_off.add("hook-answer")
    await desk.integration.poller.round()
    events = await desk.operations()
    assert (events.count("hook-disabled"), events.count("hook-rearmed")) == (1, 1)
    assert await desk.query("SELECT hook, url FROM pulse_hooks") == [("hook-answer", address)]


async def test_our_subscription_at_a_former_address_is_removed_and_those_of_others_stay(database: str) -> None:
    async with docs_with_pulse(database) as desk:
        await desk.integration.poller.round()
        desk.pulse.hooks["hook-foreign"] = "https://other.example/survey/x/callbacks"
    async with docs_with_pulse(database, PulseSettings(address=None), pulse=desk.pulse) as moved:
        await moved.integration.poller.round()
        assert set(moved.pulse.hooks) == {"hook-foreign"}
        assert await moved.query("SELECT count(*) FROM pulse_hooks") == [(0,)]
