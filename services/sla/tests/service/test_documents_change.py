"""Differences of a new version, and the conditions for publishing it."""

from __future__ import annotations

from desk.calendars.calendar import Calendar
from desk.calendars.calendar_document import load_calendar
from desk_sla.engine.policies.differences import Difference, Shift, field_differences, hour_differences
from desk_sla.engine.policies.policy import load_policy
from desk_sla.engine.policies.publication import publication

from ..engine.engine_examples import HOUR, OFFICE, at

FIRST = {"id": "office", "version": 1, "week": OFFICE}
NEXT = {
    "id": "office",
    "version": 2,
    "week": {**OFFICE, "fri": ["08:00-14:00"], "sat": ["09:00-10:00"]},
    "days": [{"day": "2024-03-06", "name": "stocktaking"}],
}


def test_fields_that_differ_are_named_by_what_they_are_and_not_by_their_place() -> None:
    assert field_differences(load_calendar(FIRST), load_calendar(NEXT)) == (
        Difference("days.2024-03-06.day", None, "2024-03-06"),
        Difference("days.2024-03-06.name", None, "stocktaking"),
        Difference("version", "1", "2"),
        Difference("week.fri", "08:00-18:00", "08:00-14:00"),
        Difference("week.sat", None, "09:00-10:00"),
    )


def test_hours_gained_and_lost_are_listed() -> None:
    old, new = Calendar(load_calendar(FIRST)), Calendar(load_calendar(NEXT))
    assert hour_differences(old, new, at("2024-03-04"), at("2024-03-11")) == (
        Shift(at("2024-03-06 08:00"), at("2024-03-06 18:00"), "lost"),
        Shift(at("2024-03-08 14:00"), at("2024-03-08 18:00"), "lost"),
        Shift(at("2024-03-09 09:00"), at("2024-03-09 10:00"), "gained"),
    )


def test_the_hours_gained_and_lost_are_the_difference_of_the_working_time() -> None:
    old, new, span = Calendar(load_calendar(FIRST)), Calendar(load_calendar(NEXT)), (at("2020-01-01"), at("2026-01-01"))
    shifts = hour_differences(old, new, *span)
    change = sum((shift.end - shift.start) * (1 if shift.change == "gained" else -1) for shift in shifts)
    assert change == new.elapsed_s(*span) - old.elapsed_s(*span)


def test_a_rule_moved_in_a_policy_is_no_difference() -> None:
    rules = [
        {"id": "p1", "when": {"priority": ["P1"]}, "goals": {"plan": "1h"}},
        {"id": "rest", "goals": {"plan": "2h"}},
    ]
    old = load_policy({"id": "gold", "version": 1, "calendar": "24x7", "rules": rules})
    changed = [rules[1], {**rules[0], "goals": {"plan": "30m"}}]
    new = load_policy({"id": "gold", "version": 1, "calendar": "24x7", "rules": changed})
    assert field_differences(old, new) == (Difference("rules.p1.goals.plan", "1h", "30m"),)


def test_a_version_follows_the_newest() -> None:
    now = at("2024-03-04")
    assert publication(2, 1, now, now, retroactive=False) == []
    assert publication(1, None, now + HOUR, now, retroactive=False) == []
    skipped = publication(4, 1, now, now, retroactive=False)
    assert [(problem.field, problem.remedy) for problem in skipped] == [("version", "write version: 2")]


def test_an_effective_time_in_the_past_needs_the_explicit_word() -> None:
    now = at("2024-03-04")
    refused = publication(2, 1, now - 1, now, retroactive=False)
    assert [(problem.field, problem.code) for problem in refused] == [("effective_from", "effective_in_the_past")]
    assert "retroactive: true" in refused[0].remedy
    assert publication(2, 1, now - 1, now, retroactive=True) == []
