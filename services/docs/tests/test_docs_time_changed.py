"""Time changes after the close: the confirmation is stale, so the time is owed once more; nothing is opened again."""

from __future__ import annotations

from datetime import timedelta

from msgspec.structs import replace

from desk.calendars.business_days import business_days_later
from desk.contract.event import Draft
from desk.contract.ticket.billing import facts as billing
from desk.contract.ticket.docs import facts as f
from desk.contract.ticket.ticket import Status, flags, status
from desk.contract.ticket.triage import dispatch as d
from desk.contract.ticket.triage import ends as en
from desk.decision.planning import Arm, Due
from desk.eventstore.handler_registry import chained
from desk.testing import controls as c
from desk.testing.given import Outcome, Story
from desk_docs.reactions import REACTIONS
from desk_docs.timers import DUE, OBLIGATION, TIMERS

from .test_docs_decisions import closable, outside, resolved, send


def labour(minutes: int = 30) -> billing.Labour:
    start, end = c.NOW, c.NOW + timedelta(minutes=minutes)
    return billing.Labour("tess", start, end, minutes, "tier1", "remote", "psa")


LOGGED = billing.TimeLogged(entry="e1", rev=1, labour=labour())
CORRECTED = billing.TimeCorrected(entry="e1", rev=2, labour=labour(60))
REMOVED = billing.TimeRemoved(entry="e1", rev=2, reason="twice")


def heard(story: Story, fact: billing.TimeLogged | billing.TimeCorrected | billing.TimeRemoved | Draft) -> Outcome:
    kind = type(fact.data) if isinstance(fact, Draft) else type(fact)
    return story.receives(REACTIONS[kind], fact)


def confirmed(story: Story) -> Draft:
    sets = story.ticket.billing.set_hash
    return Draft(data=billing.TimeConfirmed(set_hash=sets, by="tess", split=billing.BillableSplit()), cycle=1)


def closed() -> Story:
    return send(closable(), "close", code="network").then("closed", "survey-requested")


def test_time_that_is_logged_after_the_close_is_owed_and_the_ticket_stays_closed() -> None:
    outcome = heard(closed(), LOGGED)
    owed = outcome.one(f.ObligationRaised)
    assert (owed.what, owed.owner) == ("time", "tess"), "a coordinator may not confirm it"
    assert owed.due == business_days_later(outcome.story.events[-1].recordedtime, 2)
    story = outcome.then("obligation-raised")
    assert status(story.ticket) is Status.CLOSED
    assert "obligations" in flags(story.ticket)


def test_the_assignee_owes_the_time_of_a_ticket_whose_last_entry_was_removed() -> None:
    story = closed().given(d.Assigned(technician="tim", revision=1), LOGGED)
    story = story.given(confirmed(story))
    assert heard(story, REMOVED).one(f.ObligationRaised).owner == "tim"


def test_billing_owes_the_confirmation_of_time_of_several_people() -> None:
    other = billing.TimeLogged(entry="e2", rev=1, labour=replace(labour(), technician="tom"))
    assert heard(closed().given(LOGGED), other).one(f.ObligationRaised).owner == "billing"


def test_every_further_change_is_owed_once_until_the_time_is_confirmed_again() -> None:
    story = heard(closed(), LOGGED).then("obligation-raised")
    heard(story, CORRECTED).nothing()
    story = heard(story, confirmed(story)).then("obligation-met")
    assert "obligations" not in flags(story.ticket)
    again = billing.TimeCorrected(entry="e1", rev=3, labour=labour(45))
    story = heard(story, again).then("obligation-raised")
    heard(story, confirmed(story)).then("obligation-met")


def test_a_change_back_to_what_was_confirmed_meets_it() -> None:
    story = heard(closed(), LOGGED).then("obligation-raised")
    heard(story, REMOVED).then("obligation-met")


def test_an_outside_close_is_completed_once_and_owed_time_keeps_its_owner() -> None:
    first = outside(closable())
    story = first.then("closed", "survey-requested", "obligation-raised")
    story = send(story, "complete-closure", code="network").then("obligation-met", "closure-completed")
    story = heard(story, LOGGED).then("obligation-raised")
    heard(story, confirmed(story)).then("obligation-met")


def test_time_that_is_owed_already_is_not_owed_twice() -> None:
    first = outside(resolved())
    story = first.then(*first.names)
    story = heard(story, LOGGED).nothing()
    story = heard(story, confirmed(story)).then("obligation-met")
    outcome = heard(story, CORRECTED)
    assert outcome.one(f.ObligationRaised).owner == "tess", "jdoe, who closed it, may not confirm it"


def test_time_of_a_ticket_that_is_not_closed_imported_or_reopened_is_no_obligation() -> None:
    heard(closable(), LOGGED).nothing()
    end = closed().ticket.triage.ends[1].id
    heard(closed().given(Draft(data=en.Reopened(undoes=end, cause="client"), cycle=2)), LOGGED).nothing()
    imported = Story(origin="import").given(c.opening(), c.resolved())
    done = outside(imported).then("closed", "survey-not-applicable")
    heard(done.given(confirmed(done)), LOGGED).nothing()


def test_what_is_owed_once_more_comes_due_once_more() -> None:
    story = heard(closed(), LOGGED).then("obligation-raised")
    raised = story.events[-1]
    assert chained(TIMERS[f.ObligationRaised])(raised, story.ticket) == [Arm(OBLIGATION, "time|1", raised.data.due)]
    due = Due(c.TICKET, OBLIGATION, "time|1", raised.data.due, b"")
    drafts = DUE[OBLIGATION](due, story.ticket, story.context())
    assert [draft.data for draft in drafts] == [f.ObligationOverdue(what="time", owner="tess", due=raised.data.due)]
