"""Planning of a `cover`: the PSA has a status of ours already, but no fact says so yet."""

from __future__ import annotations

import pytest

from desk.contract.event import Draft
from desk.contract.ticket.intake import psa
from desk.contract.ticket.triage import ends as en
from desk.decision.policies.intake import StatusMap
from desk.testing import controls as c
from desk.testing.given import Story
from desk_intake.psa.observe.status_map import InstanceStatusMap
from desk_intake.psa.write_back.desired import desired
from desk_simulators.connectwise.status_map import status_map

MAP = InstanceStatusMap(StatusMap.model_validate(status_map()), "1", c.INSTANCE)
CLASSES = {"open": "16", "resolved": "23", "closed": "24", "new": "15"}


def observed(story: Story, seq: int, status_class: str) -> Story:
    """The PSA has this status of the help desk, and triage has ruled on it."""
    before = story.ticket.intake.psa_fields.get("status")
    change = {"status": psa.Change(before, CLASSES[status_class]), "board": psa.Change(None, "1")}
    seen = c.observed(seq, status_class, changed=change, status_id=CLASSES[status_class])
    ruled = en.ObservationRuled(source_seq=seq, mapping_version="1", outcome="none")
    return story.given(seen, ruled)


def story() -> Story:
    return observed(Story().given(c.opening(instance=c.INSTANCE, record=c.RECORD)), 1, "open")


def resolved_here_and_there() -> Story:
    return observed(story().given(c.resolved()), 2, "resolved")


def covers(found: Story) -> bool:
    wanted = desired(found.ticket, MAP, c.INSTANCE)
    assert not wanted.fields
    return wanted.cover


def test_an_end_of_ours_that_the_psa_has_already_is_covered_by_a_write_back() -> None:
    assert covers(resolved_here_and_there())


def test_once_said_it_is_said() -> None:
    found = resolved_here_and_there()
    end = found.ticket.triage.ends[1]
    found.given(psa.PsaSynced(effect="e1", fields=(), shown=end.seq, revision="r9"))
    assert not covers(found)


def test_an_end_that_came_from_the_psa_needs_no_saying() -> None:
    ended = Draft(data=c.resolved(), cycle=1, mode="outside")
    assert not covers(observed(story().given(ended), 2, "resolved"))


@pytest.mark.parametrize(("cause", "said"), [("client", True), ("psa", False)])
def test_a_reopening_is_to_be_said_unless_it_came_from_the_psa(cause: str, said: bool) -> None:
    found = story().given(Draft(data=c.resolved(), cycle=1, mode="outside"))
    undone = found.ticket.triage.ends[1].id
    found.given(Draft(data=en.Reopened(undoes=undone, cause=cause), cycle=2))  # type: ignore[arg-type]
    assert covers(observed(found, 2, "open")) is said


def test_nothing_is_said_while_an_observation_waits_for_its_ruling() -> None:
    change = {"status": psa.Change("16", "23"), "board": psa.Change(None, "1")}
    found = story().given(c.resolved(), c.observed(2, "resolved", changed=change, status_id="23"))
    assert not covers(found)


def test_nothing_is_said_over_a_status_that_means_nothing_to_us() -> None:
    change = {"status": psa.Change("16", "99")}
    ruled = en.ObservationRuled(source_seq=2, mapping_version="1", outcome="unmapped")
    seen = c.observed(2, "unmapped", changed=change, status_id="99")
    assert not covers(story().given(c.resolved(), seen, ruled))


def test_an_end_that_was_seen_in_the_psa_but_undone_there_by_an_older_write_of_ours_is_to_be_said() -> None:
    found = story().given(c.assessed(), Draft(data=c.resolved(), cycle=1, mode="outside"))
    wrote = psa.PsaSynced(effect="e1", fields=("status",), shown=2, revision="r8", wrote={"status": "23"})
    confirmed = en.ObservationRuled(source_seq=2, mapping_version="1", outcome="resolved")
    late = c.observed(2, "closed", via="history", shown=0)
    found.given(wrote, late, confirmed)
    assert found.ticket.triage.ends[1].seq > found.ticket.intake.written_back_seq
    assert covers(found)
