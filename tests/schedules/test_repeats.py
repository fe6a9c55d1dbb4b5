"""The judge tells a fact that is recorded twice from one that was taken back and stands again."""

from __future__ import annotations

from uuid import UUID

from tests.schedules.checks.repeats import again

from desk.contract.event import Payload
from desk.contract.ticket.sla import facts as f
from desk.testing.controls import NOW, resolved
from desk.testing.facts import history

BREACH = f.ClockBreached(clock="plan", at=NOW, elapsed=60, due=NOW, rev=2)
STARTED = f.ClockStarted(clock="plan", starts_at=NOW, due=NOW, seconds=60, rev=1)
CANCELLED = f.ClockCancelled(clock="plan", reason="gone")
PAUSED = f.ClockPaused(clock="plan", cause="waiting", cause_id="w1")


def retracted(number: int) -> f.BreachRetracted:
    return f.BreachRetracted(clock="plan", verdict=UUID(int=number), late_fact=UUID(int=9), reason="late")


def names(*facts: Payload) -> list[str]:
    return [name.split(".")[2] for name in again(history(*facts))]


def test_a_fact_that_is_recorded_twice_is_found() -> None:
    assert names(BREACH, BREACH) == ["clock-breached"]
    assert names(resolved(), resolved()) == ["resolved"]


def test_a_verdict_that_was_taken_back_may_stand_again_once() -> None:
    assert names(BREACH, retracted(1), BREACH) == []
    assert names(BREACH, retracted(1), BREACH, BREACH) == ["clock-breached"]
    assert names(BREACH, retracted(7), BREACH) == ["clock-breached"]


def test_a_clock_may_start_again_only_after_it_was_cancelled() -> None:
    assert names(STARTED, CANCELLED, STARTED, CANCELLED) == []
    assert names(STARTED, STARTED) == ["clock-started"]


def test_one_wait_pauses_a_clock_once_in_each_cycle() -> None:
    other = history(PAUSED, (PAUSED, {"cycle": 2}), (PAUSED, {"cycle": 2}))
    assert again(other) == ["desk.sla.clock-paused.v1 plan|w1"]
