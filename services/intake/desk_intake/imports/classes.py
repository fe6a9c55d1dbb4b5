"""Reads the raw state and status class from the cells of a row."""

from __future__ import annotations

from collections.abc import Callable

from desk.contract.ticket.intake.psa import StatusClass
from desk_intake.imports.mapping import ANY, ActivityRule, Mapping, StateRule

Status = tuple[str | None, StatusClass, StatusClass]
"""Raw state or activity (None when the cell is empty), its class, and its class on a record's first row."""

StatusReader = Callable[[list[str]], Status]


def status_reader(mapping: Mapping, positions: dict[str, int]) -> StatusReader:
    """The reader of the mapping's states or activities, for cells at these positions."""
    nulls = mapping.null_texts
    if mapping.state is not None:
        return _by_state(mapping.state, [positions[column] for column in mapping.state.columns], nulls)
    assert mapping.activity is not None
    return _by_activity(mapping.activity, positions[mapping.activity.column], nulls)


def _by_state(rule: StateRule, places: list[int], nulls: frozenset[str]) -> StatusReader:
    def status(cells: list[str]) -> Status:
        states = ["" if (text := cells[place].strip()) in nulls else text for place in places]
        found = rule.classes.get(states[0], "unmapped")
        if isinstance(found, dict):
            found = found.get(states[1], found.get(ANY, "unmapped"))
        return " / ".join(filter(None, states)) or None, found, found

    return status


def _by_activity(rule: ActivityRule, place: int, nulls: frozenset[str]) -> StatusReader:
    def status(cells: list[str]) -> Status:
        activity = "" if (text := cells[place].strip()) in nulls else text
        found = rule.classes.get(activity, "unmapped")
        return activity or None, found, rule.first.get(activity, found)

    return status
