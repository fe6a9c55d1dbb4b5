"""States that come to light late: recorded when nobody saw them, and only then."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from desk_intake.psa.observe.late_states import StatusPoint, unobserved_transitions
from desk_intake.psa.port import ObservedTicket

START = datetime(2026, 1, 15, 14, 0, tzinfo=UTC)


def seen(at: int, status: str, *, own: bool = False) -> ObservedTicket:
    return ObservedTicket(
        record="1", revision=f"late-{at}", at=START + timedelta(seconds=at), by="psa-member:x", own=own,
        fields={"status": status}, status_class="open", mapping_version="1", summary="", opened_at=START,
        kind="incident", via="body",
    )  # fmt: skip


def known(at: int, status: str, *, own: bool = False, told: bool = True) -> StatusPoint:
    return StatusPoint(START + timedelta(seconds=at), status, "open", f"known-{at}", "psa-member:x", own, told)


def found(late: list[ObservedTicket], timeline: list[StatusPoint]) -> list[tuple[int, str | None, str | None]]:
    return [
        (int((p.at - START).total_seconds()), before, p.status) for p, before in unobserved_transitions(late, timeline)
    ]


def test_a_state_between_two_others_is_recorded() -> None:
    assert found([seen(2, "B")], [known(1, "A"), known(3, "C")]) == [(2, "A", "B")]


def test_a_state_that_was_seen_a_little_later_is_no_second_transition() -> None:
    assert found([seen(2, "B"), seen(3, "B")], [known(1, "A"), known(4, "B")]) == []


def test_a_state_that_is_the_one_before_is_none() -> None:
    assert found([seen(2, "A")], [known(1, "A"), known(3, "C")]) == []


def test_going_away_and_coming_back_are_two_transitions_that_nobody_saw() -> None:
    timeline = [known(1, "A"), known(3, "A", told=False)]
    assert found([seen(2, "B")], timeline) == [(2, "A", "B"), (3, "B", "A")]


def test_a_stay_that_was_told_by_a_later_one_is_told_when_another_comes_between() -> None:
    timeline = [known(1, "A"), known(2, "B", told=False), known(4, "B")]
    assert found([seen(3, "C")], timeline) == [(2, "A", "B"), (3, "B", "C")]


def test_coming_back_by_our_own_write_is_not_an_observation() -> None:
    assert found([seen(2, "B")], [known(1, "A"), known(3, "A", own=True, told=False)]) == [(2, "A", "B")]


def test_our_own_writes_are_no_history() -> None:
    assert found([seen(2, "B", own=True)], [known(1, "A"), known(3, "C")]) == []


def test_before_everything_known_there_was_nothing() -> None:
    assert found([seen(1, "A")], [known(2, "B")]) == [(1, None, "A")]


@pytest.mark.parametrize("again", [seen(2, "B")])
def test_the_same_state_again_is_nothing_new(again: ObservedTicket) -> None:
    point = StatusPoint.of(again)._replace(reported=True)
    assert found([again], [known(1, "A"), point, known(3, "C")]) == []
