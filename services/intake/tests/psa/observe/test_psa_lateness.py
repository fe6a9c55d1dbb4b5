"""States that are read late are recorded if no observation covers them, and only then."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from desk_intake.psa.observe.late_states import StatusPoint, unobserved_transitions
from desk_intake.psa.observed_record_types import ObservedTicket

START = datetime(2026, 1, 15, 14, 0, tzinfo=UTC)


def late(at: int, status: str, *, own: bool = False) -> ObservedTicket:
    return ObservedTicket(
        record="1", revision=f"late-{at}", at=START + timedelta(seconds=at), by="psa-member:x", own=own,
        fields={"status": status}, status_class="open", mapping_version="1", summary="", opened_at=START,
        kind="incident", via="body",
    )  # fmt: skip


def recorded(at: int, status: str, *, own: bool = False, reported: bool = True) -> StatusPoint:
    return StatusPoint(START + timedelta(seconds=at), status, "open", f"recorded-{at}", "psa-member:x", own, reported)


def found(late: list[ObservedTicket], timeline: list[StatusPoint]) -> list[tuple[int, str | None, str | None]]:
    return [
        (int((p.at - START).total_seconds()), before, p.status) for p, before in unobserved_transitions(late, timeline)
    ]


def test_a_state_between_two_others_is_recorded() -> None:
    assert found([late(2, "B")], [recorded(1, "A"), recorded(3, "C")]) == [(2, "A", "B")]


def test_a_state_read_shortly_after_is_no_second_transition() -> None:
    assert found([late(2, "B"), late(3, "B")], [recorded(1, "A"), recorded(4, "B")]) == []


def test_a_state_that_is_the_one_before_is_none() -> None:
    assert found([late(2, "A")], [recorded(1, "A"), recorded(3, "C")]) == []


def test_going_away_and_coming_back_are_two_transitions_that_nobody_saw() -> None:
    timeline = [recorded(1, "A"), recorded(3, "A", reported=False)]
    assert found([late(2, "B")], timeline) == [(2, "A", "B"), (3, "B", "A")]


def test_a_stay_reported_by_a_later_state_is_reported_again_when_another_stay_divides_it() -> None:
    timeline = [recorded(1, "A"), recorded(2, "B", reported=False), recorded(4, "B")]
    assert found([late(3, "C")], timeline) == [(2, "A", "B"), (3, "B", "C")]


def test_coming_back_by_our_own_write_is_not_an_observation() -> None:
    assert found([late(2, "B")], [recorded(1, "A"), recorded(3, "A", own=True, reported=False)]) == [(2, "A", "B")]


def test_our_own_writes_are_no_history() -> None:
    assert found([late(2, "B", own=True)], [recorded(1, "A"), recorded(3, "C")]) == []


def test_a_state_before_all_recorded_ones_has_no_status_before() -> None:
    assert found([late(1, "A")], [recorded(2, "B")]) == [(1, None, "A")]


@pytest.mark.parametrize("again", [late(2, "B")])
def test_the_same_state_again_is_nothing_new(again: ObservedTicket) -> None:
    point = StatusPoint.of(again)._replace(reported=True)
    assert found([again], [recorded(1, "A"), point, recorded(3, "C")]) == []
