"""Loops survive their errors, record when they last completed a turn, and end on request."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from functools import partial

import psycopg
import pytest

from desk.eventstore.errors import StoreUnavailable
from desk.supervision.heartbeat import Heartbeat, progressed
from desk.supervision.loops import Loops, Pauses

SOON = Pauses(0.01, 0.04)


class Seconds:
    """A clock that is set by the test."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


def test_a_loop_is_late_when_its_next_turn_is_due_for_longer_than_the_limit(seconds: Seconds) -> None:
    beat = Heartbeat("poller", now=seconds)
    beat.completed(30.0)
    seconds.now += 89
    assert (beat.complaint(60), beat.age) == (None, 89.0)
    seconds.now += 2
    assert beat.complaint(60) == "no turn for 91 s"
    beat.completed()
    assert beat.complaint(60) is None


def test_turns_that_fail_are_no_turns_and_the_cause_is_named(seconds: Seconds) -> None:
    beat = Heartbeat("timers", now=seconds)
    for _ in range(15):
        seconds.now += 5
        beat.failed(ValueError("text of a ticket"), 3.0, excused=False)
    assert (beat.complaint(60), beat.failures) == ("no turn for 75 s (ValueError)", 15)


def test_turns_that_fail_because_a_server_is_away_are_turns_all_the_same(seconds: Seconds) -> None:
    beat = Heartbeat("timers", now=seconds)
    for _ in range(100):
        seconds.now += 5
        beat.failed(StoreUnavailable(), 3.0, excused=True)
    assert (beat.complaint(60), beat.failures, beat.age) == (None, 100, 0.0)


def test_a_long_turn_is_not_late_while_it_gets_on(seconds: Seconds) -> None:
    beat = Heartbeat("poller", now=seconds)
    for _ in range(10):
        seconds.now += 50
        beat.progressed()
    assert (beat.complaint(60), beat.age) == (None, 500.0)
    seconds.now += 61
    assert beat.complaint(60) == "no turn for 561 s"


def test_a_loop_may_have_more_time_than_others(seconds: Seconds) -> None:
    beat = Heartbeat("effects", extra=100.0, now=seconds)
    seconds.now += 150
    assert beat.complaint(60) is None


def until(condition: Callable[[], bool], within: float = 10.0) -> None:
    end = time.monotonic() + within
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


ERRORS = [
    ValueError("x"),
    psycopg.errors.ReadOnlySqlTransaction(),
    MemoryError(),
    RecursionError(),
    OSError(28, "full"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_a_thread_survives_every_exception_and_goes_on(error: Exception) -> None:
    turns: list[float] = []

    def turn() -> float:
        turns.append(time.monotonic())
        if len(turns) < 4:
            raise error
        return 0.01

    loops = Loops("docs")
    loop = loops.thread("work", turn, pauses=SOON)
    loop.start()
    until(lambda: len(turns) >= 6)
    assert [name for name, wrong in loops.complaints() if wrong is None] == ["work"]
    assert loop.heartbeat.failures == 3
    assert turns[3] - turns[2] >= 0.04 > turns[1] - turns[0]
    loop.stop()
    assert (list(loops.complaints()), loop.thread.is_alive()) == ([], False)


@pytest.mark.parametrize("error", [*ERRORS, asyncio.CancelledError()], ids=lambda error: type(error).__name__)
async def test_a_task_survives_every_exception_and_a_cancellation_that_is_not_its_own(error: BaseException) -> None:
    turns: list[float] = []

    async def turn() -> float:
        turns.append(time.monotonic())
        if len(turns) < 4:
            raise error
        return 0.01

    loops = Loops("docs")
    loop = loops.task("work", turn, pauses=SOON)
    loop.start()
    await asyncio.to_thread(until, lambda: len(turns) >= 6)
    assert loop.heartbeat.failures == 3
    await loop.stop()
    assert list(loops.complaints()) == []


async def test_a_task_is_cancelled_in_the_middle_of_a_turn() -> None:
    loops = Loops()
    loop = loops.task("work", asyncio.Event().wait)
    loop.start()
    await asyncio.sleep(0.01)
    async with asyncio.timeout(5):
        await loop.cancel()
    assert list(loops.complaints()) == []


async def test_stopping_waits_for_the_turn_in_hand_and_for_no_pause() -> None:
    began, release, ended = threading.Event(), threading.Event(), asyncio.Event()

    def held() -> float:
        began.set()
        release.wait(10)
        return 600.0

    async def fails() -> float:
        ended.set()
        raise ValueError

    loops = Loops()
    thread, task = loops.thread("held", held), loops.task("fails", fails, pauses=Pauses(600, 600))
    thread.start()
    task.start()
    await asyncio.to_thread(began.wait, 10)
    stopping = asyncio.create_task(asyncio.to_thread(thread.stop))
    await asyncio.sleep(0.05)
    assert not stopping.done()
    release.set()
    async with asyncio.timeout(5):
        await stopping
        await ended.wait()
        await task.stop()


async def test_a_loop_that_is_woken_begins_its_next_turn_at_once() -> None:
    turns = 0

    async def turn() -> float:
        nonlocal turns
        turns += 1
        return 600.0

    loop = Loops().task("work", turn)
    loop.start()
    for wanted in (1, 2, 3):
        await asyncio.to_thread(until, partial(lambda least: turns >= least, wanted), 5)
        loop.wake()
    await loop.stop()


def test_a_turn_may_end_its_loop_and_nothing_is_late_then() -> None:
    loops = Loops()
    loop = loops.thread("once", lambda: None)
    loop.start()
    loop.join()
    assert list(loops.complaints()) == []


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_something_worse_has_ended_is_found_at_once() -> None:
    def exits() -> float:
        raise SystemExit

    loops = Loops()
    loop = loops.thread("work", exits)
    loop.start()
    loop.thread.join(10)
    assert dict(loops.complaints()) == {"work": "ended"}


async def test_a_loop_that_hangs_is_found_by_its_name_and_one_whose_turn_gets_on_is_not() -> None:
    release, loops = threading.Event(), Loops("docs", limit=0.1)

    def gets_on() -> float:
        while not release.wait(0.02):
            progressed()
        return 600.0

    hanging, long = loops.thread("timers", lambda: release.wait(20) * 600.0), loops.thread("poller", gets_on)
    hanging.start()
    long.start()
    await asyncio.sleep(0.6)
    assert dict(loops.complaints()) == {"timers": "no turn for 1 s", "poller": None}
    release.set()
    hanging.stop()
    long.stop()
