"""The history of incidents: vanished is not resolved, unknown changes nothing, nothing is seen twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from desk_integrations.incident_history import (
    EMPTY_HISTORY,
    SEEN_AGAIN,
    IncidentChange,
    TrackedIncident,
    history_of,
)
from desk_integrations.kinds.status import StatusIncident, StatusReading, StatusUpdate
from desk_integrations.outcomes import Empty, Missing, Outcome, Unknown

START = datetime(2026, 6, 8, 10, 0, tzinfo=UTC)


def at(minute: int) -> datetime:
    return START + timedelta(minutes=minute)


def update(number: int, **changes: Any) -> StatusUpdate:
    made = StatusUpdate(external=f"u{number}", state="investigating", status="investigating", text="Looking into it.")
    return replace(made, **changes)


def incident(count: int = 1, **changes: Any) -> StatusIncident:
    made = StatusIncident(
        external="i1",
        title="Login errors",
        state="investigating",
        status="investigating",
        impact="minor",
        updated_at=at(count),
        updates=tuple(map(update, range(1, count + 1))),
    )
    return replace(made, **changes)


def known(*outcomes: Outcome[StatusReading]) -> TrackedIncident:
    """The one incident after readings at minute 0, 1, 2 ..."""
    (found,) = history_of((at(minute), outcome) for minute, outcome in enumerate(outcomes)).incidents.values()
    return found


def listing(*incidents: StatusIncident, **parts: Any) -> StatusReading:
    return StatusReading(incidents=incidents, **parts)


def test_the_first_reading_knows_every_update_and_the_same_reading_again_changes_nothing() -> None:
    found = known(listing(incident(2)), listing(incident(2)), listing(incident(2)))
    assert found.changes == tuple(IncidentChange(at(0), "investigating", name) for name in ("u1", "u2"))
    assert (found.first_seen, found.last_seen) == (at(0), at(2))
    assert (found.vanished_at, found.resolved_at) == (None, None)


def test_an_incident_without_updates_is_one_change_without_an_update() -> None:
    assert known(listing(incident(0))).changes == (IncidentChange(at(0), "investigating"),)


def test_updates_between_two_readings_are_changes_of_the_later_one_oldest_first() -> None:
    found = known(listing(incident(1)), listing(incident(3)))
    assert [(change.at, change.update) for change in found.changes] == [(at(0), "u1"), (at(1), "u2"), (at(1), "u3")]


def test_an_incident_that_is_no_longer_listed_vanished_at_the_first_whole_reading_without_it() -> None:
    found = known(listing(incident()), Unknown("schema-drift"), Unknown("timeout"), Empty(), Empty())
    assert (found.last_seen, found.vanished_at, found.resolved_at) == (at(0), at(3), None)
    assert len(found.changes) == 1


def test_an_unknown_reading_neither_ends_nor_prolongs_an_incident() -> None:
    found = known(listing(incident()), Unknown("unavailable"), Unknown("schema-drift"))
    assert (found.last_seen, found.vanished_at) == (at(0), None)


def test_rows_that_could_not_be_read_may_be_the_incident_that_is_absent() -> None:
    hidden = listing(missing=(Missing("incidents", "unreadable", rows=1),))
    assert known(listing(incident()), hidden).vanished_at is None
    other_part = listing(missing=(Missing("ended", "unavailable"),))
    assert known(listing(incident()), other_part).vanished_at == at(1)


def test_an_incident_that_comes_back_is_seen_again_before_its_new_updates() -> None:
    found = known(listing(incident(1)), Empty(), listing(incident(2)))
    assert found.changes[1:] == (IncidentChange(at(2), SEEN_AGAIN), IncidentChange(at(2), "investigating", "u2"))
    assert (found.first_seen, found.last_seen, found.vanished_at) == (at(0), at(2), None)


def test_an_incident_that_comes_back_unchanged_repeats_no_update() -> None:
    found = known(listing(incident(2)), Empty(), listing(incident(2)), Empty())
    assert [change.update for change in found.changes] == ["u1", "u2", None]
    assert found.vanished_at == at(3)


def test_an_edited_text_is_a_change_of_its_update() -> None:
    edited = incident(2, updates=(update(1, text="Cause found."), update(2)), updated_at=at(9))
    found = known(listing(incident(2)), listing(edited))
    assert found.changes[2:] == (IncidentChange(at(1), "investigating", "u1"),)


def test_an_edit_of_the_incident_alone_is_a_change_without_an_update() -> None:
    found = known(listing(incident()), listing(incident(title="Login and mail errors", updated_at=at(9))))
    assert found.changes[1:] == (IncidentChange(at(1), "investigating"),)
    assert found.incident.title == "Login and mail errors"


def test_a_status_that_no_update_tells_is_a_change_of_its_own() -> None:
    found = known(listing(incident()), listing(incident(2, state="monitoring", status="monitoring")))
    assert [(change.status, change.update) for change in found.changes[1:]] == [
        ("investigating", "u2"),
        ("monitoring", None),
    ]


def test_an_older_document_from_a_cache_takes_nothing_back() -> None:
    found = known(listing(incident(2)), listing(incident(1)), listing(incident(2)))
    assert [change.update for change in found.changes] == ["u1", "u2"]
    assert (found.incident, found.last_seen) == (incident(2), at(2))


def test_only_a_reading_that_says_resolved_resolves_and_a_resolved_incident_does_not_vanish() -> None:
    resolved = incident(2, state="resolved", status="resolved", updates=(update(1), update(2, status="resolved")))
    found = known(listing(incident()), listing(resolved), Empty())
    assert (found.resolved_at, found.vanished_at, found.last_seen) == (at(1), None, at(1))


def test_an_incident_that_vanished_and_is_listed_as_ended_is_resolved_and_not_seen_again() -> None:
    resolved = incident(2, state="resolved", status="resolved", updates=(update(1), update(2, status="resolved")))
    found = known(listing(incident()), Empty(), StatusReading(ended=(resolved,)))
    assert (found.resolved_at, found.vanished_at, found.last_seen) == (at(2), None, at(0))
    assert found.changes[1:] == (IncidentChange(at(2), "resolved", "u2"),)


def test_an_ended_incident_that_was_never_open_is_not_known() -> None:
    ended = incident(state="resolved", status="resolved")
    assert history_of([(at(0), StatusReading(ended=(ended,)))]) == EMPTY_HISTORY


def test_a_reopened_incident_is_no_longer_resolved() -> None:
    resolved = incident(2, state="resolved", status="resolved")
    assert known(listing(incident()), listing(resolved), listing(incident(3))).resolved_at is None


def test_an_incident_twice_in_one_document_is_one_in_its_newer_state() -> None:
    assert known(listing(incident(2), incident(1))).incident == incident(2)


def test_readings_out_of_order_are_folded_by_their_times() -> None:
    polls: list[tuple[datetime, Outcome[StatusReading]]] = [
        (at(2), Empty()),
        (at(0), listing(incident(1))),
        (at(1), listing(incident(2))),
    ]
    found = history_of(polls).incidents["i1"]
    assert (found.first_seen, found.last_seen, found.vanished_at) == (at(0), at(1), at(2))


@given(st.lists(st.sampled_from(("unknown", "absent", *range(1, 5))), max_size=30))
def test_any_sequence_of_readings_agrees_with_counting(steps: list[object]) -> None:
    """Presence, absence and updates counted by hand from the sequence of readings."""
    outcomes = [
        Unknown("timeout") if step == "unknown" else Empty() if step == "absent" else listing(incident(int(str(step))))
        for step in steps
    ]
    history = history_of((at(minute), outcome) for minute, outcome in enumerate(outcomes))
    whole = [(minute, step) for minute, step in enumerate(steps) if step != "unknown"]
    present = [minute for minute, step in whole if step != "absent"]
    if not present:
        assert history == EMPTY_HISTORY
        return
    found = history.incidents["i1"]
    assert (found.first_seen, found.last_seen) == (at(present[0]), at(present[-1]))
    gone = [minute for minute, step in whole if minute > present[-1]]
    assert found.vanished_at == (at(gone[0]) if gone else None)
    returns = sum(
        one == "absent" and other != "absent" and minute > present[0] for (minute, one), (_, other) in pairwise(whole)
    )
    assert sum(change.status == SEEN_AGAIN for change in found.changes) == returns
    most = max(int(str(step)) for _, step in whole if step != "absent")
    named = [change.update for change in found.changes if change.update]
    assert named == [f"u{number}" for number in range(1, most + 1)]
