"""Rulings on work done in the PSA."""

from __future__ import annotations

from datetime import timedelta

import pytest

from desk.contract.event import Draft, Payload
from desk.contract.ticket.intake import facts as i
from desk.contract.ticket.intake import psa
from desk.contract.ticket.intake.caller import CallerHoldCleared, CallerReplaced, CallerRevoked
from desk.contract.ticket.intake.psa_record import PsaGone
from desk.contract.ticket.ticket import Status, status
from desk.contract.ticket.triage import dispatch as d
from desk.contract.ticket.triage import ends as en
from desk.eventstore.handler_registry import chained
from desk.policies import PolicyBook, builtin
from desk.testing import controls as c
from desk.testing.given import Story
from desk_triage.decisions.psa_ruling import rule_mapped, rule_observation
from desk_triage.reactions import REACTIONS


def story(**how: object) -> Story:
    return Story(**how).given(c.opening(instance=c.INSTANCE, record=c.RECORD))  # type: ignore[arg-type]


def test_resolving_in_the_psa_resolves_the_cycle_and_lists_the_gates_that_were_open() -> None:
    outcome = story().receives(rule_observation, c.observed(1, "resolved"))
    assert "verification" in outcome.one(en.Resolved).missing
    assert status(outcome.then("resolved", "observation-ruled").ticket) is Status.RESOLVED


def test_closing_in_the_psa_resolves_and_tells_docs() -> None:
    outcome = story().receives(rule_observation, c.observed(1, "closed"))
    outcome.then("resolved", "outside-closure-noticed", "observation-ruled")
    assert outcome.one(en.ObservationRuled).outcome == "closed"


def test_a_second_close_of_the_same_cycle_is_answered_and_records_nothing_else() -> None:
    closed = story().receives(rule_observation, c.observed(1, "closed"))
    closed.then("resolved", "outside-closure-noticed", "observation-ruled")
    again = closed.story.receives(rule_observation, c.observed(2, "closed"))
    assert again.one(en.ObservationRuled).outcome == "closed"
    again.then("observation-ruled")


def test_opening_an_ended_cycle_reopens_it_and_names_the_end_it_undoes() -> None:
    s = story().receives(rule_observation, c.observed(1, "resolved")).then("resolved", "observation-ruled")
    end = s.ticket.triage.ends[1].id
    outcome = s.receives(rule_observation, c.observed(2, "open"))
    assert outcome.one(en.Reopened).undoes == end
    assert outcome.then("reopened", "observation-ruled").ticket.cycle == 2


def test_reopening_into_a_waiting_status_reopens_first_and_then_waits() -> None:
    s = story().receives(rule_observation, c.observed(1, "resolved")).then("resolved", "observation-ruled")
    s = s.receives(rule_observation, c.observed(2, "waiting-client")).then(
        "reopened", "waiting-started", "observation-ruled"
    )
    assert status(s.ticket) is Status.WAITING


def test_leaving_a_waiting_status_ends_its_wait_but_not_that_on_the_parent() -> None:
    s = story().given(d.WaitingStarted(wait="parent-1", on="parent"))
    s = s.receives(rule_observation, c.observed(1, "waiting-vendor")).then("waiting-started", "observation-ruled")
    s = s.receives(rule_observation, c.observed(2, "open")).then("waiting-ended", "observation-ruled")
    assert list(s.ticket.triage.waits) == ["parent-1"]


def test_a_resolution_ends_every_open_wait_in_the_same_append() -> None:
    s = story().given(d.WaitingStarted(wait="parent-1", on="parent"))
    s = s.receives(rule_observation, c.observed(1, "resolved")).then("waiting-ended", "resolved", "observation-ruled")
    assert not s.ticket.triage.waits


def test_an_unmapped_status_is_ruled_unmapped_and_nothing_else() -> None:
    outcome = story().receives(rule_observation, c.observed(1, "unmapped"))
    assert outcome.one(en.ObservationRuled).outcome == "unmapped"
    outcome.then("observation-ruled")


def test_an_unmapped_status_is_ruled_when_it_gets_its_class() -> None:
    s = story().receives(rule_observation, c.observed(1, "unmapped")).then("observation-ruled")
    mapped = psa.PsaStatusMapped(source_seq=1, status_class="resolved", mapping_version="2")
    outcome = s.receives(rule_mapped, mapped)
    assert outcome.drafts[0].time == s.events[1].time
    outcome.then("resolved", "observation-ruled")


def test_a_mapped_status_is_ignored_once_a_later_one_was_ruled() -> None:
    s = story().receives(rule_observation, c.observed(1, "unmapped")).then("observation-ruled")
    s = s.receives(rule_observation, c.observed(2, "open")).then("observation-ruled")
    mapped = psa.PsaStatusMapped(source_seq=1, status_class="resolved", mapping_version="2")
    s.receives(rule_mapped, mapped).nothing()


def test_a_close_by_somebody_who_did_not_see_the_reopening_is_stale() -> None:
    s = story().receives(rule_observation, c.observed(1, "resolved")).then("resolved", "observation-ruled")
    end = s.ticket.triage.ends[1].id
    s = s.given(Draft(data=en.Reopened(undoes=end, cause="client"), cycle=2))
    outcome = s.receives(rule_observation, c.observed(2, "closed", shown=0))
    assert outcome.one(en.ObservationRuled).outcome == "stale"
    assert status(outcome.then("observation-ruled").ticket) is Status.DIAGNOSING


def test_a_close_after_the_psa_showed_the_reopening_counts() -> None:
    s = story().receives(rule_observation, c.observed(1, "resolved")).then("resolved", "observation-ruled")
    end = s.ticket.triage.ends[1].id
    s = s.given(Draft(data=en.Reopened(undoes=end, cause="client"), cycle=2))
    shown = s.ticket.triage.reopened[-1].seq
    s.receives(rule_observation, c.observed(2, "closed", shown=shown)).then(
        "resolved", "outside-closure-noticed", "observation-ruled"
    )


def test_the_owner_named_with_the_resolution_is_booked_for_it() -> None:
    changed = {"status": psa.Change(None, "r"), "technician": psa.Change(None, "jdoe")}
    outcome = story().receives(rule_observation, c.observed(1, "resolved", changed=changed))
    assert outcome.one(en.Resolved).technician == "jdoe"
    outcome.then("assigned", "resolved", "observation-ruled")


def test_priority_follows_the_matrix_and_the_same_levels_again_record_nothing() -> None:
    changed = {"impact": psa.Change(None, "high"), "urgency": psa.Change(None, "medium")}
    outcome = story().receives(rule_observation, c.observed(1, "none", changed=changed))
    assert outcome.one(d.PriorityAssessed).priority == "P2"
    outcome.then("priority-assessed").receives(rule_observation, c.observed(2, "none", changed=changed)).nothing()


def test_a_change_of_queue_to_none_is_a_reassignment_and_the_first_placement_is_not() -> None:
    first = {"queue": psa.Change(None, "Group 1")}
    s = story().receives(rule_observation, c.observed(1, "none", changed=first)).then("queued")
    assert s.ticket.triage.reassignments == 0
    s = s.receives(rule_observation, c.observed(2, "none", changed={"queue": psa.Change("Group 1", None)})).then(
        "queued"
    )
    assert s.ticket.triage.reassignments == 1


def test_fields_not_named_in_changed_are_not_ruled_on() -> None:
    s = story().given(c.assessed())
    s.receives(rule_observation, c.observed(1, "none", changed={"asset": psa.Change(None, "x")})).nothing()


def test_cancelled_in_the_psa_cancels_and_opening_again_reopens() -> None:
    s = story().receives(rule_observation, c.observed(1, "cancelled")).then("cancelled", "observation-ruled")
    assert status(s.ticket) is Status.CANCELLED
    s.receives(rule_observation, c.observed(2, "open")).then("reopened", "observation-ruled")


@pytest.mark.parametrize(
    "fact",
    [i.MergedInto(root="other", evidence="same problem"), PsaGone(reason="deleted", proof=("404",), episode=1)],
)
def test_a_ticket_that_lives_elsewhere_is_answered_with_none(fact: i.MergedInto | PsaGone) -> None:
    outcome = story().given(fact).receives(rule_observation, c.observed(1, "closed"))
    assert outcome.one(en.ObservationRuled).outcome == "none"
    outcome.then("observation-ruled")


def test_a_held_ticket_is_not_resolved_from_outside() -> None:
    revoked = CallerRevoked(contact=c.CONTACT, revision="r2", source="psa")
    outcome = story().given(revoked).receives(rule_observation, c.observed(1, "resolved"))
    assert status(outcome.then("observation-ruled").ticket) is Status.HELD


def enforcing() -> PolicyBook:
    book = PolicyBook()
    book.put("outside-mode", "2", {**builtin("outside-mode"), "default": "enforce", "exempt_members": ["boss"]})
    return book


def test_enforce_contests_once_per_cycle_and_accepts_the_second_close() -> None:
    first = story(policies=enforcing()).receives(rule_observation, c.observed(1, "closed"))
    s = first.then("outside-resolution-contested", "observation-ruled")
    assert status(s.ticket) is Status.VERIFYING
    s.receives(rule_observation, c.observed(2, "closed")).then(
        "resolved", "outside-closure-noticed", "observation-ruled"
    )


def test_an_exempt_member_is_never_contested() -> None:
    s = story(policies=enforcing())
    s.receives(rule_observation, c.observed(1, "resolved", psa_actor="psa-member:boss")).then(
        "resolved", "observation-ruled"
    )


def test_imported_history_is_ruled_the_same_way_but_never_answered() -> None:
    s = story(origin="import").receives(rule_observation, c.observed(1, "closed", via="import"))
    assert {draft.mode for draft in s.drafts} == {"import"}
    s.then("resolved", "outside-closure-noticed")


def test_late_history_of_a_reopening_is_noted_and_cycles_stay() -> None:
    s = story().receives(rule_observation, c.observed(1, "resolved")).then("resolved", "observation-ruled")
    ended = s.ticket.triage.ends[1].time
    s = s.receives(rule_observation, c.observed(2, "open")).then("reopened", "observation-ruled")
    late = Draft(data=c.observed(3, "open", via="history"), time=ended + timedelta(seconds=30))
    s = s.receives(rule_observation, late).then("missed-reopen-noted", "observation-ruled")
    assert (s.ticket.cycle, s.ticket.triage.reopen_count) == (2, 2)


def test_late_history_with_nothing_ruled_since_is_ruled_normally() -> None:
    s = story()
    late = Draft(data=c.observed(1, "resolved", via="history"), time=c.NOW)
    s.receives(rule_observation, late).then("resolved", "observation-ruled")


REVOKED = CallerRevoked(contact=c.CONTACT, revision="r2", source="psa")
CLEARED = CallerHoldCleared(contact=c.CONTACT, revision="r3", reason="back")
SYNCED = psa.PsaSynced(
    effect="e1", revision="r9", fields=("status",), shown=1, wrote={"status": "open"}, status_class="open"
)
after_hold = chained(REACTIONS[CallerHoldCleared])


def held(status_class: str = "closed") -> Story:
    """A person set that status in the PSA while the caller was on hold, and was answered with `none`."""
    found = story().given(REVOKED).receives(rule_observation, c.observed(1, status_class))
    assert found.one(en.ObservationRuled).outcome == "none"
    return found.then("observation-ruled")


@pytest.mark.parametrize("over", [CLEARED, CallerReplaced(before=c.CONTACT, after="contact-boss", revision=2)])
def test_an_end_that_was_set_during_a_hold_counts_when_the_hold_ends(over: Payload) -> None:
    outcome = held().receives(after_hold, over)
    assert outcome.one(en.OutsideClosureNoticed).psa_actor == "psa-member:jdoe"
    s = outcome.then("resolved", "outside-closure-noticed")
    end = s.ticket.triage.end
    assert end is not None and (end.mode, end.time) == ("outside", s.events[-3].time)
    s.receives(after_hold, CLEARED).nothing()


def test_a_status_that_was_replaced_during_the_hold_and_one_that_ends_nothing_count_no_more() -> None:
    held().given(SYNCED).receives(after_hold, CLEARED).nothing()
    held("open").receives(after_hold, CLEARED).nothing()
    held("waiting-vendor").receives(after_hold, CLEARED).nothing()
    held().given(PsaGone(reason="deleted", proof=(), episode=1)).receives(after_hold, CLEARED).nothing()


def test_a_hold_without_an_act_in_the_psa_ends_without_one() -> None:
    story().given(REVOKED).receives(after_hold, CLEARED).nothing()
    closed_before = story().receives(rule_observation, c.observed(1, "resolved")).then("resolved", "observation-ruled")
    closed_before.given(REVOKED).receives(after_hold, CLEARED).nothing()
