"""Clocks: pauses as intervals, changes of the goal, verdicts."""

from __future__ import annotations

from typing import Any

from desk_sla.engine.clock import Clock, Pause, Position, Retarget
from desk_sla.engine.position import position

from .engine_examples import ALWAYS, HOUR, OFFICE, at, calendar

WALL, DESK = calendar(ALWAYS), calendar(OFFICE)
START = at("2024-03-04 10:00")


def clock(target: int | None = 4 * HOUR, **more: Any) -> Clock:
    return Clock(name="resolution", starts_at=START, target=target, **more)


def seen(one: Clock, now: int, on: Any = WALL) -> Position:
    return position(one, on, now)


def hours(number: float) -> int:
    return START + round(number * HOUR)


def test_a_clock_runs_and_is_met_when_stopped_in_the_second_of_the_due_time() -> None:
    now = seen(clock(stops=(hours(4),)), hours(9))
    assert (now.verdict, now.due, now.elapsed, now.state) == ("met", hours(4), 4 * HOUR, "stopped")
    assert [one.percent for one in now.reached] == [50, 75, 90]


def test_a_second_later_is_a_breach_at_the_due_time() -> None:
    now = seen(clock(stops=(hours(4) + 1,)), hours(9))
    assert (now.verdict, now.breached_at, now.stopped_at) == ("breached", hours(4), hours(4) + 1)


def test_the_earliest_stop_counts() -> None:
    assert seen(clock(stops=(hours(5), hours(3))), hours(9)).stopped_at == hours(3)


def test_an_open_clock_breaches_in_the_second_it_is_due() -> None:
    assert seen(clock(), hours(4) - 1).verdict == "open"
    assert seen(clock(), hours(4)).verdict == "breached"


def test_9995_permille_is_not_100_percent() -> None:
    last = seen(clock(target=10_000, thresholds=(50, 100)), START + 9_999)
    assert [one.percent for one in last.reached] == [50]
    assert [(one.percent, one.at) for one in last.ahead] == [(100, START + 10_000)]


def test_a_pause_is_an_interval_of_the_calendar_and_never_a_shift_of_the_wall_clock() -> None:
    """Due Monday 17:00, paused from Monday evening until Wednesday morning: still due in working time."""
    weekend = Pause(start=at("2024-03-04 18:00"), end=at("2024-03-06 08:00"), cause="client")
    due = seen(Clock("resolution", at("2024-03-04 16:00"), 2 * HOUR, (weekend,)), at("2024-03-07 00:00"), DESK).due
    assert due == at("2024-03-04 18:00")


def test_overlapping_pauses_count_once() -> None:
    both = (Pause(hours(1), hours(3), "client", "a"), Pause(hours(2), hours(4), "vendor", "b"))
    now = seen(clock(pauses=both), hours(5))
    assert (now.elapsed, now.paused, now.due) == (2 * HOUR, 3 * HOUR, hours(7))
    assert [part.causes for part in now.stretches] == [
        (),
        (("client", "a"),),
        (("client", "a"), ("vendor", "b")),
        (("vendor", "b"),),
        (),
    ]


def test_an_open_pause_has_no_due_time_and_no_breach() -> None:
    now = seen(clock(pauses=(Pause(hours(1), None, "client"),)), hours(1000))
    assert (now.verdict, now.due, now.state, now.remaining) == ("open", None, "paused", 3 * HOUR)


def test_a_clock_created_paused_starts_to_run_when_the_pause_ends() -> None:
    assert seen(clock(pauses=(Pause(START, hours(2), "client"),)), hours(3)).elapsed == HOUR


def test_a_pause_after_the_breach_does_not_undo_it() -> None:
    now = seen(clock(pauses=(Pause(hours(4.5), None, "client"),)), hours(9))
    assert (now.verdict, now.breached_at) == ("breached", hours(4))


def test_a_pause_that_ends_before_it_starts_covers_nothing() -> None:
    assert seen(clock(pauses=(Pause(hours(3), hours(2), "client"),)), hours(4)).elapsed == 4 * HOUR


def test_flapping_below_a_minute_is_exact() -> None:
    flaps = tuple(Pause(START + 2 * n, START + 2 * n + 1, "client", str(n)) for n in range(30))
    assert seen(clock(pauses=flaps), hours(1)).elapsed == HOUR - 30


def test_a_clock_without_target_has_no_verdict() -> None:
    assert seen(clock(target=None), hours(999)).verdict == "none"


def test_a_cancelled_clock_has_no_verdict_unless_it_was_breached_before() -> None:
    assert seen(clock(cancelled_at=hours(4)), hours(9)).verdict == "none"
    assert seen(clock(cancelled_at=hours(5)), hours(9)).verdict == "breached"


def test_what_happens_later_is_not_seen_earlier() -> None:
    full = clock(
        pauses=(Pause(hours(1), hours(2), "client"),),
        retargets=(Retarget(hours(3), HOUR, "reset"),),
        stops=(hours(3.5),),
    )
    assert seen(full, hours(1.5)).state == "paused"
    assert seen(full, hours(2.5)).due == hours(5)
    assert seen(full, hours(3.2)).due == hours(4)
    assert seen(full, hours(9)).verdict == "met"


def test_a_stop_before_the_start_is_met_with_nothing_used() -> None:
    now = seen(clock(stops=(START - 60,)), hours(9))
    assert (now.verdict, now.elapsed, now.elapsed_wall) == ("met", 0, 0)


def test_outside_the_hours_a_clock_neither_runs_nor_is_paused() -> None:
    now = seen(clock(target=10 * HOUR), at("2024-03-04 20:00"), DESK)
    assert (now.state, now.elapsed, now.due) == ("off-hours", 8 * HOUR, at("2024-03-05 10:00"))
