"""Changes of a clock's goal."""

from __future__ import annotations

from typing import Any

import pytest

from desk_sla.engine.clock import Pause, Retarget

from .engine_examples import HOUR
from .test_clock import clock, hours, seen


@pytest.mark.parametrize(("mode", "due"), [("retroactive", 2.0), ("forward", 2.5), ("reset", 3.0)])
def test_a_goal_halved_after_one_hour_of_four(mode: Any, due: float) -> None:
    assert seen(clock(retargets=(Retarget(hours(1), 2 * HOUR, mode),)), hours(1)).due == hours(due)


def test_a_change_that_makes_the_due_time_past_breaches_at_the_change() -> None:
    now = seen(clock(retargets=(Retarget(hours(3), HOUR, "retroactive"),)), hours(9))
    assert (now.verdict, now.breached_at, now.breached_rev, now.due) == ("breached", hours(3), 2, hours(1))


def test_a_change_while_paused_breaches_when_the_pause_ends() -> None:
    shorter = clock(pauses=(Pause(hours(2), hours(5), "client"),), retargets=(Retarget(hours(3), HOUR, "retroactive"),))
    assert seen(shorter, hours(4)).verdict == "open"
    assert seen(shorter, hours(6)).breached_at == hours(5)


def test_a_shortened_goal_after_a_pause_still_fires() -> None:
    shorter = clock(
        pauses=(Pause(hours(1), hours(2), "client"),), retargets=(Retarget(hours(2.5), 2 * HOUR, "retroactive"),)
    )
    now = seen(shorter, hours(3))
    assert (now.verdict, now.breached_at, [one.percent for one in now.reached]) == (
        "breached",
        hours(3),
        [50, 75, 90, 100],
    )


def test_a_longer_goal_after_the_breach_does_not_undo_it() -> None:
    later = clock(retargets=(Retarget(hours(5), 100 * HOUR, "retroactive"),))
    assert seen(later, hours(9)).verdict == "breached"


def test_under_the_last_revision_only_the_final_goal_judges() -> None:
    later = clock(retargets=(Retarget(hours(5), 100 * HOUR, "retroactive"),), judged_by="last")
    assert seen(later, hours(4.5)).verdict == "breached"
    assert seen(later, hours(9)).verdict == "open"


def test_thresholds_fire_once_although_the_goal_changes() -> None:
    changed = clock(retargets=(Retarget(hours(2.5), 3 * HOUR, "retroactive"),))
    fired = [(one.percent, one.at, one.rev) for one in seen(changed, hours(9)).reached]
    assert fired == [(50, hours(2), 1), (75, hours(2.5), 2), (90, hours(2.7), 2), (100, hours(3), 2)]


def test_an_extension_moves_the_due_time_and_later_pauses_still_move_it() -> None:
    extended = clock(retargets=(Retarget(hours(3), None, "extension", due=hours(8)),))
    assert seen(extended, hours(3)).due == hours(8)
    paused = clock(retargets=extended.retargets, pauses=(Pause(hours(5), hours(6), "client"),))
    assert seen(paused, hours(7)).due == hours(9)
