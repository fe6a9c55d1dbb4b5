"""Pages of the person on call: requested at risk or by hand, level by level, acknowledged, withdrawn, judged."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest

from desk.contract.event import Draft
from desk.contract.ticket.intake.psa_record import PsaBack, PsaGone
from desk.contract.ticket.sla import facts as sla
from desk.contract.ticket.triage import dispatch as d
from desk.contract.ticket.triage import ends as en
from desk.contract.ticket.triage import escalation as es
from desk.decision.command import decide
from desk.decision.planning import Due
from desk.testing import controls as c
from desk.testing.given import Outcome, Story
from desk_integrations.kinds.paging import Notification, PageState, PageStatus, Responder
from desk_triage.commands import COMMANDS
from desk_triage.decisions.paging.page_chain import awaited, level_over, obsolete, record_state
from desk_triage.reactions import REACTIONS

BY_NAME = {command.name: command for command in COMMANDS}
PAGE = "page-1"


class Pager(NamedTuple):
    """One paging instance that serves everybody, or nobody."""

    serves: bool = True

    def configured(self, kind: str, client: str) -> tuple[str, ...]:
        return ("pager",) if self.serves and kind == "paging" else ()


def send(story: Story, name: str, *, roles: str = "2", serves: bool = True, **body: Any) -> Outcome:
    command = BY_NAME[name]
    parsed = command.body(**{"cycle": story.ticket.cycle, **body})
    how = {"by": "tier2-tom", "roles": roles, "sources": Pager(serves)}
    return story.when(lambda b, t, x: decide(command, b, t, x), parsed, **how)


def clocked(priority: d.Priority = "P1", *percents: int) -> Story:
    """A ticket with a response clock of which so much has passed."""
    story = Story().given(*c.ready_for_work(), c.assessed(priority=priority, impact="high", urgency="high", revision=2))
    due = c.NOW + timedelta(hours=1)
    story.given(sla.ClockStarted(clock="response", starts_at=c.NOW, due=due, seconds=3600))
    return story.given(*(sla.ThresholdReached(clock="response", percent=percent, rev=1) for percent in percents))


def paged(level: int = 1, *, reason: str = "response-at-risk") -> Story:
    return clocked("P1", 50).given(
        *(es.PageRequested(page=PAGE, level=n, schedule="tier2", reason=reason) for n in range(1, level + 1))
    )


def over(story: Story, level: int) -> Outcome:
    """The timer of a level is due."""
    due = Due(c.TICKET, "page-level", f"{PAGE}|{level}", story.now, b"")
    return story.when(lambda _body, ticket, context: level_over(due, ticket, context), None, sources=Pager())


@pytest.mark.parametrize(("priority", "percent", "pages"), [("P1", 50, True), ("P2", 50, False), ("P2", 75, True)])
def test_a_ticket_is_paged_by_itself_from_the_percent_of_its_priority_on(
    priority: d.Priority, percent: int, pages: bool
) -> None:
    reached = sla.ThresholdReached(clock="response", percent=percent, rev=1)
    outcome = clocked(priority).receives(REACTIONS[sla.ThresholdReached], Draft(data=reached, cycle=1), sources=Pager())
    if not pages:
        outcome.nothing()
        return
    request = outcome.one(es.PageRequested)
    assert (request.level, request.schedule, request.reason) == (1, "tier2", "response-at-risk")
    later = sla.ThresholdReached(clock="response", percent=90, rev=1)
    again = outcome.then("page-requested").receives(
        REACTIONS[sla.ThresholdReached], Draft(data=later, cycle=1), sources=Pager()
    )
    again.nothing()


@pytest.mark.parametrize(
    ("facts", "pages"),
    [
        ((es.PageWithdrawn(page=PAGE, level=1, why="priority-lowered"),), True),
        ((es.PageFailed(page=PAGE, level=1, why="not-configured"),), True),
        ((es.PageSent(page=PAGE, level=1, vendor_key="k"),), False),
        ((es.PageSent(page=PAGE, level=1, vendor_key="k"), es.PageEscalated(page=PAGE, level=1)), False),
        ((es.PageAcknowledged(page=PAGE, level=1, by="PMLOPEZ"),), False),
    ],
)
def test_a_page_that_reached_nobody_does_not_count_as_the_one_of_the_cycle(facts: tuple[Any, ...], pages: bool) -> None:
    later = Draft(data=sla.ThresholdReached(clock="response", percent=75, rev=1), cycle=1)
    outcome = paged().given(*facts).receives(REACTIONS[sla.ThresholdReached], later, sources=Pager())
    assert outcome.names == (["page-requested"] if pages else [])


def test_a_priority_raised_late_pages_and_nothing_does_without_a_vendor_from_history_or_after_the_end() -> None:
    raised = d.PriorityOverridden(priority="P1", reason="all sites are down", revision=3)
    reaction = REACTIONS[d.PriorityOverridden]
    clocked("P3", 50).receives(reaction, raised, sources=Pager()).then("page-requested")
    clocked("P3", 50).receives(reaction, raised, sources=Pager(False)).nothing()
    clocked("P3", 50).receives(reaction, Draft(data=raised, origin="import"), sources=Pager()).nothing()
    clocked("P3", 50).given(c.resolved()).receives(reaction, raised, sources=Pager()).nothing()
    historic = Draft(data=sla.ThresholdReached(clock="response", percent=75, rev=1, historic=True), cycle=1)
    clocked().receives(REACTIONS[sla.ThresholdReached], historic, sources=Pager()).nothing()


def test_a_response_that_was_given_is_not_at_risk_and_one_that_was_missed_is() -> None:
    met = sla.ClockMet(clock="response", rev=1, at=c.NOW, elapsed=1900, due=c.NOW)
    send(clocked("P1", 50).given(Draft(data=met, cycle=1)), "page").refused("not_at_risk")
    breached = sla.ClockBreached(clock="response", rev=1, at=c.NOW, elapsed=3601, due=c.NOW)
    send(clocked("P2").given(Draft(data=breached, cycle=1)), "page").then("page-requested")


def test_only_a_coordinator_pages_without_risk() -> None:
    send(clocked("P3"), "page").refused("not_at_risk")
    request = send(clocked("P3"), "page", roles="CO").one(es.PageRequested)
    assert (request.level, request.reason) == (1, "by-hand")


def test_a_second_page_is_refused_while_the_first_is_open() -> None:
    refusal = send(paged(), "page", roles="CO").refused("page_open")
    assert refusal.members["page"] == PAGE
    send(paged().given(es.PageAcknowledged(page=PAGE, level=1, by="P1")), "page", roles="CO").then("page-requested")


def test_a_further_page_withdraws_one_that_nobody_acknowledged() -> None:
    silent = over(over(paged(), 1).then("page-escalated", "page-requested"), 2).then("page-escalated")
    outcome = send(silent, "page", roles="CO")
    assert outcome.one(es.PageWithdrawn) == es.PageWithdrawn(page=PAGE, level=2, why="paged-again")
    chains = outcome.then("page-withdrawn", "page-requested").ticket.triage.pages
    assert [chain.over for chain in chains.values()] == [True, False]
    refused = paged(2).given(es.PageFailed(page=PAGE, level=2, why="target-not-listed"))
    assert send(refused, "page", roles="CO").one(es.PageWithdrawn).level == 1


def test_a_page_that_no_vendor_sends_fails_at_once_and_pages_no_further_level() -> None:
    story = send(clocked("P1", 50), "page", serves=False).then("page-requested", "page-failed")
    event = story.events[-1]
    assert event.data.why == "not-configured"
    reaction = REACTIONS[es.PageFailed][0]
    assert reaction(event, story.ticket, story.context(sources=Pager())) == []
    send(story, "page", roles="CO").then("page-requested")


def test_a_level_that_is_silent_or_refused_pages_the_next_and_the_last_one_nobody() -> None:
    story = over(paged(), 1).then("page-escalated", "page-requested")
    request = story.events[-1].data
    assert (request.level, request.schedule, request.reason) == (2, "coordinator", "not-acknowledged")
    over(story, 1).nothing()
    last = over(story, 2).then("page-escalated")
    over(last, 2).nothing()
    failed = es.PageFailed(page=PAGE, level=1, why="target-not-listed")
    paged().receives(REACTIONS[es.PageFailed], failed, sources=Pager()).then("page-requested")
    again = es.PageFailed(page=PAGE, level=2, why="target-not-listed")
    paged(2).receives(REACTIONS[es.PageFailed], again, sources=Pager()).nothing()


def test_a_level_that_answered_or_whose_ticket_ended_is_not_escalated() -> None:
    over(paged().given(es.PageAcknowledged(page=PAGE, level=1, by="PMLOPEZ")), 1).nothing()
    over(paged().given(c.resolved()), 1).nothing()


def test_a_page_at_risk_ends_with_its_reason_and_one_by_hand_goes_on() -> None:
    met = Draft(data=sla.ClockMet(clock="response", rev=1, at=c.NOW, elapsed=1900, due=c.NOW), cycle=1)
    lowered = d.PriorityOverridden(priority="P3", reason="one user", revision=3)
    for fact, why in ((met, "response-given"), (lowered, "priority-lowered")):
        story = paged().given(fact)
        assert obsolete(PAGE, 1, story.ticket) == why
        assert over(story, 1).one(es.PageWithdrawn) == es.PageWithdrawn(page=PAGE, level=1, why=why)
        by_hand = paged(reason="by-hand").given(fact)
        assert obsolete(PAGE, 1, by_hand.ticket) is None
        over(by_hand, 1).then("page-escalated", "page-requested")
    breached = sla.ClockBreached(clock="response", rev=1, at=c.NOW, elapsed=3601, due=c.NOW)
    over(paged().given(Draft(data=breached, cycle=1)), 1).then("page-escalated", "page-requested")


def test_a_page_is_acknowledged_once_at_its_newest_level() -> None:
    send(clocked(), "acknowledge").refused("no_page")
    outcome = send(paged(2), "acknowledge")
    fact = outcome.one(es.PageAcknowledged)
    assert (fact.page, fact.level, fact.by) == (PAGE, 2, "tier2-tom")
    send(outcome.then("page-acknowledged"), "acknowledge").nothing()


def test_a_page_is_judged_once() -> None:
    send(paged(), "judge-page", page="other", verdict="needed").refused("no_page")
    story = send(paged(), "judge-page", page=PAGE, verdict="unneeded").then("page-judged")
    send(story, "judge-page", page=PAGE, verdict="unneeded").nothing()
    assert "unneeded" in send(story, "judge-page", page=PAGE, verdict="needed").refused("invalid_field").detail


def test_an_ended_ticket_withdraws_its_page_unless_it_was_answered() -> None:
    ended = REACTIONS[en.Resolved]
    withdrawn = paged().receives(ended, c.resolved()).one(es.PageWithdrawn)
    assert (withdrawn.page, withdrawn.level, withdrawn.why) == (PAGE, 1, "ticket-resolved")
    answered = paged().given(es.PageAcknowledged(page=PAGE, level=1, by="PMLOPEZ"))
    answered.receives(ended, c.resolved()).nothing()
    clocked().receives(ended, c.resolved()).nothing()


def test_a_ticket_that_is_gone_from_the_psa_withdraws_its_page_and_is_paged_again_once_it_is_back() -> None:
    gone = PsaGone(reason="deleted", proof=("GET 404",), episode=1)
    outcome = paged().receives(REACTIONS[PsaGone], gone)
    assert outcome.one(es.PageWithdrawn) == es.PageWithdrawn(page=PAGE, level=1, why="ticket-gone")
    story = outcome.then("page-withdrawn").given(PsaBack(proof=("etag",), episode=1))
    send(story, "page").then("page-requested")


def test_an_earlier_level_is_withdrawn_at_the_end_although_the_last_one_failed() -> None:
    ended = REACTIONS[en.Resolved]
    failed = es.PageFailed(page=PAGE, level=2, why="target-not-listed")
    story = over(paged(), 1).then("page-escalated", "page-requested").given(failed)
    outcome = story.receives(ended, c.resolved())
    assert outcome.one(es.PageWithdrawn) == es.PageWithdrawn(page=PAGE, level=1, why="ticket-resolved")
    chain = outcome.then("page-withdrawn").ticket.triage.pages[PAGE]
    assert (chain.over, chain.levels) == (True, {1: "withdrawn", 2: "failed"})
    nobody = paged().given(es.PageFailed(page=PAGE, level=1, why="refused"))
    nobody.receives(ended, c.resolved()).nothing()


def test_an_answer_is_awaited_at_every_level_until_the_page_is_over_or_its_ticket_ended() -> None:
    assert awaited(PAGE, paged(2).ticket)
    assert awaited(PAGE, paged().given(d.PriorityOverridden(priority="P3", reason="one user", revision=3)).ticket)
    assert not awaited(PAGE, paged(2).given(c.resolved()).ticket)
    assert not awaited(PAGE, paged(2).given(es.PageAcknowledged(page=PAGE, level=1, by="PMLOPEZ")).ticket)
    assert not awaited(PAGE, paged(2).given(es.PageWithdrawn(page=PAGE, level=1, why="ticket-gone")).ticket)


def test_a_request_is_obsolete_once_its_reason_has_gone() -> None:
    assert obsolete(PAGE, 1, paged().ticket) is None
    assert obsolete(PAGE, 1, paged(2).ticket) == "next-level"
    assert obsolete(PAGE, 1, paged(2).given(c.resolved()).ticket) == "ticket-resolved"
    assert obsolete("page-0", 1, paged().ticket) == "another-page"
    lowered = d.PriorityOverridden(priority="P3", reason="one user", revision=3)
    assert obsolete(PAGE, 1, paged().given(lowered).ticket) == "priority-lowered"
    assert obsolete(PAGE, 1, paged(reason="by-hand").given(lowered).ticket) is None
    assert obsolete(PAGE, 1, paged().given(c.resolved()).ticket) == "ticket-resolved"
    acknowledged = es.PageAcknowledged(page=PAGE, level=1, by="PMLOPEZ")
    assert obsolete(PAGE, 1, paged().given(acknowledged).ticket) == "acknowledged"


def found(status: PageStatus, *, delivered: bool | None = None, by: str = "", resolver: str = "") -> PageState:
    at = datetime(2026, 3, 2, 9, 5, tzinfo=UTC)
    notice = Notification(id="R1", at=at, channel="push", delivered=delivered)
    people = (Responder(external=by),) if by else ()
    state = PageState(key="k", external="Q1", status=status, since=at, acknowledged_by=people, notifications=(notice,))
    return replace(state, resolved_by=Responder(external=resolver) if resolver else None)


def test_the_vendor_reports_delivery_once_and_only_a_person_acknowledges() -> None:
    story = paged().given(es.PageSent(page=PAGE, level=1, vendor_key="k"))
    assert record_state(PAGE, 1, found("triggered"), story.ticket) == []
    assert record_state(PAGE, 1, found("triggered", delivered=False), story.ticket) == []
    (draft,) = record_state(PAGE, 1, found("triggered", delivered=True), story.ticket)
    assert draft.data == es.PageDelivered(page=PAGE, level=1, evidence="R1")
    story.given(draft)
    assert record_state(PAGE, 1, found("triggered", delivered=True), story.ticket) == []
    (answer,) = record_state(PAGE, 1, found("acknowledged", delivered=True, by="PMLOPEZ"), story.ticket)
    assert answer.data == es.PageAcknowledged(page=PAGE, level=1, by="PMLOPEZ")
    assert record_state(PAGE, 1, found("acknowledged", by="PMLOPEZ"), story.given(answer).ticket) == []


def test_a_page_that_is_resolved_at_the_vendor_is_over() -> None:
    story = paged().given(es.PageSent(page=PAGE, level=1, vendor_key="k"))
    (taken,) = record_state(PAGE, 1, found("resolved", resolver="PMLOPEZ"), story.ticket)
    assert taken.data == es.PageAcknowledged(page=PAGE, level=1, by="PMLOPEZ")
    (closed,) = record_state(PAGE, 1, found("resolved"), story.ticket)
    assert closed.data == es.PageWithdrawn(page=PAGE, level=1, why="resolved-at-vendor")
    over(story, 1).then("page-escalated", "page-requested")
    assert record_state(PAGE, 1, found("resolved"), story.ticket) == []
    (late,) = record_state(PAGE, 1, found("resolved", resolver="PMLOPEZ"), story.ticket)
    assert late.data == taken.data


def test_an_answer_at_an_escalated_level_ends_the_page_and_a_late_acceptance_does_not_reopen_it() -> None:
    story = over(paged(), 1).then("page-escalated", "page-requested")
    late = story.given(es.PageSent(page=PAGE, level=1, vendor_key="k")).ticket.triage.pages[PAGE]
    assert (late.levels, late.open) == ({1: "escalated", 2: "requested"}, True)
    (answer,) = record_state(PAGE, 1, found("acknowledged", by="PMLOPEZ"), story.ticket)
    chain = story.given(answer).ticket.triage.pages[PAGE]
    assert (chain.over, chain.acknowledged_by, chain.levels[1]) == (True, "PMLOPEZ", "acknowledged")
    over(story, 2).nothing()


def test_a_request_names_the_instance_that_is_to_send_it() -> None:
    assert send(clocked("P1", 50), "page").one(es.PageRequested).instance == "pager"
    assert send(clocked("P1", 50), "page", serves=False).one(es.PageRequested).instance == ""
