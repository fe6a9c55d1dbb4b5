"""Describes the differences of a new version."""

from __future__ import annotations

from typing import Any

import pytest

from desk.policies.comparing import changes

P1: dict[str, Any] = {"id": "p1", "when": {"priority": ["P1"]}, "goals": {"response": "15m"}}
P2: dict[str, Any] = {"id": "p2", "when": {"priority": ["P2"]}, "goals": {"response": "30m"}}


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ({"rules": [P1]}, {"rules": [{**P1, "goals": {"response": "10m"}}]}, ["rules.p1.goals.response: 15m -> 10m"]),
        ({"rules": [P1]}, {"rules": [P1, P2]}, ["rules.p2 added: when priority P2; goals response 30m"]),
        ({"rules": [P1, P2]}, {"rules": [P2]}, ["rules.p1 removed: when priority P1; goals response 15m"]),
        ({"rules": [P1, P2]}, {"rules": [P2, P1]}, ["rules: the order is now p2, p1"]),
        ({"week": {"mon": ["08:00-18:00"]}}, {"week": {"mon": ["9-5"]}}, ["week.mon: 08:00-18:00 -> 9-5"]),
        ({}, {"rules": [P1]}, ["rules.p1 added: when priority P1; goals response 15m"]),
        ({"week": {"mon": ["08:00-18:00"]}}, {"week": {"mon": []}}, ["week.mon removed: 08:00-18:00"]),
        (
            {"holidays": [{"country": "DE", "subdivision": "BY"}]},
            {"holidays": [{"country": "DE", "subdivision": "BE"}]},
            ["holidays.DE-BY removed: country DE; subdivision BY", "holidays.DE-BE added: country DE; subdivision BE"],
        ),
        (
            {"days": [{"day": "12-24", "name": "Eve", "open": []}]},
            {"days": [{"day": "12-24", "name": "Eve", "open": ["08:00-12:00"]}]},
            ["days.12-24.open added: 08:00-12:00"],
        ),
        ({"public": True}, {"public": False}, ["public: true -> false"]),
        ({"thresholds": [50, 100]}, {"thresholds": [90, 100]}, ["thresholds: 50, 100 -> 90, 100"]),
        ({"version": 1, "pause": {}}, {"version": 2}, []),
    ],
)  # fmt: skip
def test_each_difference_is_one_line(before: dict[str, Any], after: dict[str, Any], said: list[str]) -> None:
    assert changes(before, after) == said


def test_entries_with_one_name_are_compared_as_a_whole() -> None:
    twice = [{"id": "a", "x": 1}, {"id": "a", "x": 2}]
    assert changes({"l": twice}, {"l": twice[:1]}) == ["l: x 1, x 2 -> x 1"]
