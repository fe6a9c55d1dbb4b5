"""Ids and recorded times only increase, whatever the machine's clock does."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from desk.clock import ClockDrift, HybridClock, SystemClock, Uuid7
from desk.testing.clock import START, FakeClock


def millis(uuid: UUID) -> int:
    return uuid.int >> 80


def test_an_id_is_a_uuid_of_version_7_with_the_time_in_front() -> None:
    uuid = Uuid7(FakeClock())()
    assert uuid.version == 7 and uuid.variant == "specified in RFC 4122"
    assert millis(uuid) == int(START.timestamp() * 1000)


def test_ids_of_one_millisecond_increase_beyond_the_counters_end() -> None:
    ids = Uuid7(FakeClock())
    many = [ids() for _ in range(10_000)]
    assert many == sorted(many) and len(set(many)) == len(many)


def test_ids_increase_when_the_clock_goes_back() -> None:
    clock = FakeClock()
    ids = Uuid7(clock)
    first = ids()
    clock.advance(hours=-1)
    assert ids() > first


def test_ids_with_given_randomness_are_the_same_again() -> None:
    def zeros(size: int) -> bytes:
        return bytes(size)

    assert Uuid7(FakeClock(), zeros)() == Uuid7(FakeClock(), zeros)()


def test_ids_of_many_threads_are_distinct() -> None:
    ids, seen = Uuid7(), list[UUID]()
    threads = [threading.Thread(target=lambda: seen.extend(ids() for _ in range(2_000))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(seen)) == 8_000


def test_the_system_clock_returns_utc() -> None:
    assert SystemClock().now().utcoffset() == timedelta(0)


def test_recorded_times_increase_while_the_clock_does_not_advance() -> None:
    hybrid = HybridClock(FakeClock())
    assert [hybrid.tick() for _ in range(3)] == [START + timedelta(microseconds=n) for n in range(3)]


def test_facts_after_a_replicated_fact_get_a_later_time() -> None:
    clock = FakeClock()
    hybrid = HybridClock(clock)
    heard = START + timedelta(seconds=40)
    hybrid.observe(heard)
    assert hybrid.tick() == heard + timedelta(microseconds=1)
    clock.advance(minutes=1)
    assert hybrid.tick() == START + timedelta(minutes=1)


def test_an_older_replicated_fact_changes_nothing() -> None:
    hybrid = HybridClock(FakeClock())
    hybrid.observe(START - timedelta(days=4000))
    assert hybrid.tick() == START


def test_a_restarted_store_goes_on_after_its_last_recorded_time() -> None:
    last = START + timedelta(minutes=3)
    assert HybridClock(FakeClock(), start=last).tick() > last


def test_a_time_beyond_any_drift_is_refused_and_does_not_move_the_clock() -> None:
    hybrid = HybridClock(FakeClock())
    with pytest.raises(ClockDrift, match="set the clock"):
        hybrid.observe(datetime(9999, 1, 1, tzinfo=UTC))
    assert hybrid.tick() == START
