"""The flag of labour that stands unbilled."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from desk.contract.event import Draft
from desk.contract.ticket.billing import facts as f
from desk.contract.ticket.intake.psa_record import PsaGone
from desk.decision.planning import Arm, Due
from desk.eventstore.handler_registry import chained
from desk.testing import controls as c
from desk.testing.given import Outcome, Story
from desk_billing.reactions import REACTIONS
from desk_billing.timers import DUE, TIMERS, UNBILLED

from .billing_examples import answers, at, book, follow, gold, hear, seen, send, story, worked

GONE = PsaGone(reason="deleted", proof=("404", "404"), episode=1)


def bill(told: Story, name: str, **body: Any) -> Outcome:
    return send(told, name, by="bea", roles="BI", **body)


def names(told: Story) -> list[str]:
    return [entry.entry for entry in told.ticket.billing.live]


def due(told: Story) -> Outcome:
    """The timer that the newest confirmation armed is due."""
    event = next(e for e in reversed(told.events) if isinstance(e.data, f.TimeConfirmed))
    (armed,) = chained(TIMERS[f.TimeConfirmed])(event, told.ticket)
    assert isinstance(armed, Arm) and armed.timer == UNBILLED
    told.now = max(told.now, armed.due)
    row = Due(c.TICKET, armed.timer, armed.key, armed.due, b"")
    return Outcome(told, DUE[UNBILLED](row, told.ticket, told.context(roles="")), None)


def confirmed() -> Story:
    told = worked(worked(story(), at(9), at(10)), at(11), at(12))
    return follow(told, send(told, "confirm-time"))


def flagged() -> Story:
    return due(confirmed()).then("unbilled-labour-flagged")


def test_confirmed_labour_that_is_not_invoiced_in_time_is_flagged() -> None:
    data = due(confirmed()).one(f.UnbilledLabourFlagged)
    assert (len(data.entries), data.amount, data.currency) == (2, Decimal("240.00"), "USD")
    assert (data.age_days, data.why) == (8, "not-invoiced")


def test_flagged_already_records_nothing() -> None:
    due(flagged()).nothing()


def test_labour_that_was_invoiced_in_time_is_not_flagged() -> None:
    told = confirmed()
    due(follow(told, bill(told, "record-invoice", invoice="I-1"))).nothing()


def test_a_confirmation_that_went_stale_flags_nothing() -> None:
    told = hear(confirmed(), seen("e1", "r1", at(13), at(14)))
    due(told).nothing()


def test_nothing_billable_arms_no_timer() -> None:
    told = worked(gold(), at(9), at(10))
    told = follow(told, send(told, "confirm-time"))
    assert chained(TIMERS[f.TimeConfirmed])(told.events[-1], told.ticket) == []


@pytest.mark.parametrize(
    ("name", "body", "why"),
    [("record-invoice", {"invoice": "I-1"}, "invoiced"), ("write-off", {"reason": "lost case"}, "written-off")],
)
def test_the_flag_is_cleared_when_the_last_of_it_is_settled(name: str, body: dict[str, str], why: str) -> None:
    told = flagged()
    first, second = names(told)
    told = follow(told, bill(told, name, entries=[first], **body))
    assert told.ticket.billing.flags
    told = follow(told, bill(told, name, entries=[second], **body))
    assert told.events[-1].data.why == why
    assert not told.ticket.billing.flags


def test_the_flag_is_cleared_when_a_person_finds_the_labour_covered() -> None:
    told = flagged()
    for entry in names(told):
        covered = [{"minutes": 60, "billing_class": "covered"}]
        told = follow(told, bill(told, "rate-by-hand", entry=entry, lines=covered, reason="agreed"))
    assert told.events[-1].data == f.UnbilledLabourCleared(set_hash=told.events[-1].data.set_hash, why="not-billable")


def test_the_flag_stays_while_a_corrected_entry_waits_for_its_rating() -> None:
    told = flagged()
    labour = only_labour(told)
    told.given(f.TimeCorrected(entry=names(told)[0], rev=2, labour=labour))
    told.given(f.TimeInvoiced(entry=names(told)[1], rev=1, invoice="I-1"))
    assert answers(told, told.events[-1]) == []


def only_labour(told: Story) -> f.Labour:
    return told.ticket.billing.live[0].labour


def test_labour_that_leaves_the_ticket_clears_its_flag() -> None:
    told = worked(story(), at(9), at(10))
    told = follow(told, send(told, "confirm-time"))
    told = due(told).then("unbilled-labour-flagged")
    moved = f.TimeMoved(entry=names(told)[0], rev=2, direction="out", other="other", labour=only_labour(told))
    told = hear(told, Draft(data=moved))
    assert told.events[-1].data.why == "not-billable"


def test_a_record_that_is_gone_flags_its_unbilled_labour_at_once() -> None:
    reaction = REACTIONS[PsaGone]
    told = worked(story(), at(9), at(10))
    assert told.receives(reaction, GONE).one(f.UnbilledLabourFlagged).why == "psa-gone"
    story().receives(reaction, GONE).nothing()
    Story(book(), origin="import").given(c.opening()).receives(reaction, GONE).nothing()


def test_labour_in_two_currencies_has_two_flags() -> None:
    policies = book()
    told = worked(story(policies), at(9), at(10))
    policies.put("rate-card", "2", {**policies.get("rate-card"), "currency": "EUR"}, since=at(10, 30))
    told = worked(told, at(11), at(12))
    outcome = told.receives(REACTIONS[PsaGone], GONE)
    assert [draft.data.currency for draft in outcome.drafts if isinstance(draft.data, f.UnbilledLabourFlagged)] == [
        "USD",
        "EUR",
    ]


def test_the_age_is_that_of_the_oldest_entry() -> None:
    told = worked(story(), at(9), at(10))
    told.now += timedelta(days=30)
    assert told.receives(REACTIONS[PsaGone], GONE).one(f.UnbilledLabourFlagged).age_days == 31


def test_labour_that_is_rated_after_the_record_was_gone_is_flagged_too() -> None:
    told = hear(worked(worked(story(), at(9), at(10)), at(11), at(12), role="wizard"), GONE)
    assert [e.data.entries for e in told.events if isinstance(e.data, f.UnbilledLabourFlagged)] == [(names(told)[0],)]
    line = {"minutes": 60, "billing_class": "billable", "rate": "90"}
    outcome = bill(told, "rate-by-hand", entry=names(told)[1], lines=[line], reason="as agreed")
    told = follow(told, outcome)
    flags = [e.data for e in told.events if isinstance(e.data, f.UnbilledLabourFlagged)]
    assert [(flag.entries, flag.why) for flag in flags[1:]] == [((names(told)[1],), "psa-gone")]
