"""Folds SLA's facts into its slice."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from desk.contract.event import Payload
from desk.contract.ticket import sla
from desk.contract.ticket.sla import facts as s
from desk.testing.controls import NOW
from desk.testing.facts import history

DUE = NOW + timedelta(hours=4)


def at(hours: float) -> datetime:
    return NOW + timedelta(hours=hours)


def sla_of(*payloads: Payload | tuple[Payload, dict[str, Any]]) -> sla.SlaSlice:
    state = sla.INITIAL
    for fact in history(*payloads):
        state = sla.evolve(state, fact)
    return state


STARTED = s.ClockStarted(clock="resolution", starts_at=NOW, due=DUE, seconds=14_400)
BREACHED = s.ClockBreached(clock="resolution", at=DUE, elapsed=14_400, due=DUE, rev=1)
MET = s.ClockMet(clock="resolution", at=at(1), elapsed=3600, due=DUE, rev=1)


def paused(cause_id: str) -> s.ClockPaused:
    return s.ClockPaused(clock="resolution", cause="waiting", cause_id=cause_id)


def resumed(cause_id: str, due: datetime | None = None) -> s.ClockResumed:
    return s.ClockResumed(clock="resolution", cause="waiting", cause_id=cause_id, due=due)


def clock_of(*payloads: Payload | tuple[Payload, dict[str, Any]]) -> sla.slice.Clock:
    clock = sla_of(*payloads).clock("resolution", 1)
    assert clock is not None
    return clock


def test_a_clock_runs_from_its_start_to_its_due_time() -> None:
    clock = clock_of(STARTED)
    assert (clock.starts_at, clock.due, clock.rev, clock.running) == (NOW, DUE, 1, True)


def test_a_paused_clock_has_no_due_time_until_the_last_cause_ended() -> None:
    both = clock_of(STARTED, paused("w1"), paused("w2"), resumed("w1"))
    assert (both.paused, both.due) == (True, None)
    none = clock_of(STARTED, paused("w1"), paused("w2"), resumed("w1"), resumed("w2", at(9)))
    assert (none.paused, none.due) == (False, at(9))
    assert [(pause.begun, pause.ended) for pause in none.pauses] == [(at(2), at(4)), (at(3), at(5))]


def test_a_new_target_revises_the_due_time() -> None:
    change = s.ClockRetargeted(clock="resolution", rev=2, seconds=60, cause="priority", rule="forward", new_due=at(1))
    clock = clock_of(STARTED, change)
    assert (clock.due, clock.rev, clock.seconds) == (at(1), 2, 60)


def test_a_new_target_of_a_paused_clock_shows_its_due_time_only_when_it_runs_again() -> None:
    change = s.ClockRetargeted(clock="resolution", rev=2, seconds=60, cause="tier", rule="reset", new_due=at(1))
    assert clock_of(STARTED, paused("w"), change).due is None


def test_a_breach_is_valid_until_it_is_retracted() -> None:
    assert sla_of(STARTED, BREACHED).breaches == (UUID(int=2),)
    retracted = s.BreachRetracted(clock="resolution", verdict=UUID(int=2), late_fact=UUID(int=7), reason="late-fact")
    state = sla_of(STARTED, BREACHED, retracted)
    clock = state.clock("resolution", 1)
    assert state.breaches == () and clock is not None and clock.verdict is None and clock.running


def test_a_retracted_met_lets_the_clock_run_again() -> None:
    back = s.ClockReinstated(clock="resolution", verdict=UUID(int=2), late_fact=UUID(int=7), reason="late-fact")
    assert clock_of(STARTED, MET).verdict is not None
    assert clock_of(STARTED, MET, back).running


def test_a_valid_breach_counts_before_a_met() -> None:
    verdict = clock_of(STARTED, MET, BREACHED).verdict
    assert verdict is not None and verdict.kind == "breached"


def test_clocks_of_two_cycles_are_apart() -> None:
    state = sla_of(STARTED, (STARTED, {"cycle": 2}), (BREACHED, {"cycle": 2}))
    first, second = state.clock("resolution", 1), state.clock("resolution", 2)
    assert first is not None and second is not None
    assert first.verdict is None and second.verdict is not None


def test_a_cancelled_clock_that_starts_again_keeps_its_pauses() -> None:
    cancelled = s.ClockCancelled(clock="resolution", reason="merged")
    clock = clock_of(STARTED, paused("w"), resumed("w", DUE), cancelled, STARTED)
    assert clock.cancelled is None and len(clock.pauses) == 1


def test_facts_of_a_clock_never_started_say_nothing() -> None:
    assert sla_of(paused("w"), MET) == sla.INITIAL
