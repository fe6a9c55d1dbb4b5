"""The time of a cycle is confirmed: by whom, when not, and by itself where nobody worked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from desk.contract.event import Draft
from desk.contract.ticket.billing import facts as f
from desk.contract.ticket.docs import facts as docs
from desk.contract.ticket.intake import facts as i
from desk.contract.ticket.ticket import Status, flags, status
from desk.contract.ticket.triage import dispatch as d
from desk.contract.ticket.triage import ends as en
from desk.testing import controls as c
from desk.testing.given import Story
from desk_billing.reactions import REACTIONS

from .billing_examples import at, book, follow, gold, hear, seen, selected, send, story, worked

CANCELLED = Draft(data=en.Cancelled(reason="spam"), cycle=1)
cancel, resolve = REACTIONS[en.Cancelled], REACTIONS[en.Resolved]


def alert() -> Story:
    return Story(book()).given(c.opening(kind="alert"))


def confirmed(told: Story, **how: Any) -> Story:
    return follow(told, send(told, "confirm-time", **how))


def test_confirming_names_the_set_and_how_it_splits() -> None:
    told = worked(worked(gold(), at(17), at(19)), at(10), at(10, 30), billable="NoCharge")
    data = send(told, "confirm-time").one(f.TimeConfirmed)
    assert data.split == f.BillableSplit(billable=60, covered=60, non_billable=30)
    assert (data.set_hash, data.by) == (told.ticket.billing.set_hash, c.TECHNICIAN)


def test_what_is_confirmed_already_records_nothing() -> None:
    send(confirmed(worked(story(), at(9), at(10))), "confirm-time").nothing()


def test_entries_that_wait_for_a_rating_are_named_with_what_they_wait_for() -> None:
    told = worked(worked(story(), at(9), at(10), role="wizard"), at(11), at(12))
    refusal = send(told, "confirm-time").refused("time_unrated")
    assert [(row.gate, "rate-by-hand" in row.remedy) for row in refusal.missing] == [
        (told.ticket.billing.unrated[0], True)
    ]
    waiting = worked(story(rated=False), at(9), at(10))
    assert "calendar" in send(waiting, "confirm-time").refused("time_unrated").missing[0].remedy


@pytest.mark.parametrize("reason", ["", "lazy"])
def test_zero_needs_a_listed_reason(reason: str) -> None:
    send(story(), "confirm-time", zero_reason=reason).refused("zero_needs_reason")


def test_zero_with_a_listed_reason_is_confirmed_also_by_a_service() -> None:
    send(story(), "confirm-time", zero_reason="goodwill").then("time-confirmed")
    send(story(), "confirm-time", zero_reason="covered-by-parent", by="triage", roles="SV").then("time-confirmed")


def test_a_reason_for_zero_with_time_on_the_ticket_is_refused() -> None:
    send(worked(story(), at(9), at(10)), "confirm-time", zero_reason="goodwill").refused("invalid_field")


def test_technicians_confirm_their_own_time_billing_all_and_a_service_none() -> None:
    told = hear(worked(story(), at(9), at(10)), seen("e1", "r1", at(11), at(12), technician="tom"))
    assert send(told, "confirm-time").refused("foreign_entry").members["entries"] == ["e1"]
    send(told, "confirm-time", by="triage", roles="SV").refused("foreign_entry")
    send(told, "confirm-time", by="bea", roles="BI").then("time-confirmed")


def test_a_later_entry_makes_the_confirmation_stale_and_the_flag_comes_back() -> None:
    told = worked(story(), at(9), at(10)).given(c.resolved())
    told = confirmed(told)
    assert "time-unconfirmed" not in flags(told.ticket)
    told = hear(told, seen("e1", "r1", at(11), at(12)))
    assert "time-unconfirmed" in flags(told.ticket)
    send(told, "confirm-time").then("time-confirmed")


def test_each_cycle_is_confirmed_for_itself() -> None:
    told = reopened(confirmed(worked(story(), at(9), at(10))))
    told = worked(told, at(14, day=1), at(14, 30, day=1))
    data = send(told, "confirm-time").one(f.TimeConfirmed)
    assert data.split == f.BillableSplit(billable=30)
    send(confirmed(told), "confirm-time").nothing()


def reopened(told: Story) -> Story:
    """The ticket in its second cycle, the day after the work of the first."""
    told = told.given(c.resolved())
    end = told.ticket.triage.ends[1].id
    told.given(Draft(data=en.Reopened(undoes=end, cause="client"), cycle=2), selected())
    told.now += timedelta(days=1)
    return told


def test_a_technician_confirms_their_work_of_a_reopened_ticket_beside_the_work_of_another_in_the_cycle_before() -> None:
    told = reopened(hear(story(), seen("e1", "r1", at(9), at(10), technician="tom")))
    told = worked(told, at(14, day=1), at(15, day=1))
    told = confirmed(told)
    assert told.ticket.billing.confirmed(2)
    other = hear(told, seen("e2", "r1", at(16, day=1), at(17, day=1), technician="tom"))
    assert send(other, "confirm-time").refused("foreign_entry").members["entries"] == ["e2"]


def test_a_cycle_without_time_needs_a_reason_also_after_one_with_time() -> None:
    told = reopened(worked(story(), at(9), at(10)))
    send(told, "confirm-time").refused("zero_needs_reason")
    data = send(told, "confirm-time", zero_reason="goodwill").one(f.TimeConfirmed)
    assert (data.zero_reason, data.split, data.bill_by) == ("goodwill", f.BillableSplit(), None)


def test_labour_of_an_earlier_cycle_that_is_still_unbilled_gives_the_confirmation_of_covered_work_a_due_day() -> None:
    told = worked(reopened(worked(story(), at(9), at(10))), at(14, day=1), at(15, day=1), billable="NoCharge")
    data = send(told, "confirm-time").one(f.TimeConfirmed)
    assert (data.split.billable, data.bill_by is None) == (0, False)


def test_a_cancelled_second_cycle_without_time_of_its_own_confirms_zero_by_itself() -> None:
    told = reopened(worked(story(), at(9), at(10)))
    told.receives(cancel, Draft(data=en.Cancelled(reason="withdrawn"), cycle=2)).then("time-confirmed")


def test_time_is_confirmed_after_an_outside_close_too() -> None:
    told = story().given(c.resolved())
    told.given(Draft(data=docs.Closed(resolution=told.events[-1].id), cycle=1))
    assert status(told.ticket) is Status.CLOSED
    send(told, "confirm-time", zero_reason="goodwill").then("time-confirmed")


def test_billable_time_is_to_be_billed_within_five_business_days() -> None:
    told = worked(story(), at(9), at(10))
    due = send(told, "confirm-time").one(f.TimeConfirmed).bill_by
    assert due == told.now + timedelta(days=7)
    told = worked(story(book(billing_rules={"unbilled_after_business_days": 1})), at(9), at(10))
    assert send(told, "confirm-time").one(f.TimeConfirmed).bill_by == told.now + timedelta(days=1)


def test_covered_time_is_never_to_be_billed() -> None:
    assert send(worked(gold(), at(9), at(10)), "confirm-time").one(f.TimeConfirmed).bill_by is None


def test_a_cancelled_ticket_without_time_confirms_zero_by_itself() -> None:
    outcome = story().receives(cancel, CANCELLED)
    assert outcome.one(f.TimeConfirmed).zero_reason == "no-work-needed"
    told = outcome.then("time-confirmed")
    assert told.ticket.billing.confirmed(1)


def test_a_cancelled_ticket_with_time_waits_for_a_person() -> None:
    worked(story(), at(9), at(10)).receives(cancel, CANCELLED).nothing()


def test_zero_confirmed_already_is_not_confirmed_again() -> None:
    confirmed(story(), zero_reason="goodwill").receives(cancel, CANCELLED).nothing()


def test_imported_history_confirms_nothing() -> None:
    Story(book(), origin="import").given(c.opening()).receives(cancel, CANCELLED).nothing()


def test_an_untouched_alert_confirms_zero_when_it_resolves() -> None:
    alert().receives(resolve, c.resolved(technician=None)).then("time-confirmed")


def test_an_alert_that_somebody_worked_on_or_is_booked_for_waits_for_them() -> None:
    alert().receives(resolve, c.resolved()).nothing()
    touched = alert().given(Draft(data=d.WorkStarted(technician="tess"), cycle=1))
    touched.receives(resolve, c.resolved(technician=None)).nothing()


def test_an_incident_that_resolved_without_time_waits_for_a_person() -> None:
    story().receives(resolve, c.resolved(technician=None)).nothing()


def test_the_last_entry_that_leaves_a_cancelled_ticket_confirms_zero() -> None:
    told = hear(story(), seen("e1", "r1", at(9), at(10)), CANCELLED)
    assert not told.ticket.billing.confirmed(1)
    told = hear(told, seen("e1", "r2", None, None, gone=True))
    assert told.ticket.billing.confirmed(1)
    assert [event.data.name for event in told.events[-2:]] == ["time-removed", "time-confirmed"]


def test_the_last_entry_that_leaves_an_open_or_merged_ticket_confirms_nothing() -> None:
    gone = seen("e1", "r2", None, None, gone=True)
    told = hear(story(), seen("e1", "r1", at(9), at(10)), gone)
    assert told.events[-1].data.name == "time-removed"
    told = hear(story(), seen("e1", "r1", at(9), at(10)), CANCELLED, i.MergedInto(root="r", evidence="same"), gone)
    assert told.events[-1].data.name == "time-removed"
