"""The rating of labour is explained from its recorded lines and a rating of now."""

from __future__ import annotations

from typing import Any

import pytest

from desk.calendars.named import shipped
from desk.contract.ticket.billing import facts as f
from desk.http.problems.problem import Problem
from desk.policies import PolicyBook
from desk.testing.given import Story
from desk_billing.queries.explanation import EntryExplanation, explained, render_text

from .billing_examples import at, book, follow, gold, only, selected, send, story, worked

RULES: dict[str, Any] = {
    "rules": [
        {"name": "tm", "then": "billable"},
        {"name": "remote", "when": {"work_type": "remote"}, "then": "covered"},
        {"name": "night", "when": {"band": "after-hours"}, "then": "billable"},
    ],
    "rounding": {"step": 15},
}


def only_one(told: Story, policies: PolicyBook) -> EntryExplanation:
    (one,) = explained("t", told.ticket, policies, None).entries
    return one


def text(told: Story, policies: PolicyBook) -> str:
    return render_text(explained("t", told.ticket, policies, only(told).entry))


def test_an_entry_is_explained_from_its_cut_to_its_amount() -> None:
    policies = PolicyBook(shipped())
    policies.put("billing-rules", "2", RULES)
    told = worked(story(policies), at(17, 50), at(18, 1), role="engineer", work_type="onsite")
    found = text(told, policies)
    assert "revision 1, rating 1: 11 min of tier1-tess, 2026-03-02 16:50 UTC" in found
    assert "2026-03-02 10 min business billable 27.50 USD" in found
    assert "class billable by night (rules), billing-rules 2, rate-card 1" in found
    assert "not tm (rules): it matches with 0 conditions, night with 1" in found
    assert "not remote (rules): it asks for work_type remote and finds onsite" in found
    assert "charged 5" in found
    assert "rate 247.5 USD an hour: 247.5 of card" in found
    one = only_one(told, policies)
    assert (one.replayed, one.lines) == ("as-recorded", told.ticket.billing.entries[one.entry].rating.lines)  # type: ignore[union-attr]


def test_rules_of_the_earlier_form_lose_by_their_place() -> None:
    policies = book()
    found = text(worked(gold(policies), at(9), at(10)), policies)
    assert "not time-and-material (rules in the order written): it matches, but covered-by-managed-agreement" in found


def test_documents_published_for_the_past_are_shown_beside_the_recorded_lines() -> None:
    policies = book()
    told = worked(story(policies), at(9), at(10))
    policies.put("rate-card", "2", {**policies.get("rate-card"), "currency": "EUR"})
    found = text(told, policies)
    assert "recorded: 2026-03-02 60 min business billable by time-and-material, 120.00 USD" in found
    assert "rated now" in found and "120.00 EUR" in found
    assert only_one(told, policies).replayed == "differs"


def test_labour_rated_by_hand_names_the_person_and_no_rule() -> None:
    policies = book()
    told = worked(story(policies), at(9), at(10))
    lines = [{"minutes": 60, "billing_class": "billable", "rate": "50"}]
    told = follow(told, send(told, "rate-by-hand", roles="BI", entry=only(told).entry, lines=lines, reason="agreed"))
    found = text(told, policies)
    assert "recorded: 60 min billable by by-hand, 50.00 USD at 50 an hour" in found and "rated by hand by" in found
    assert (only_one(told, policies).replayed, only_one(told, policies).reasons) == ("by-hand", ())


def test_labour_that_no_rate_fits_and_that_waits_says_so() -> None:
    policies = book()
    unmatched = worked(story(policies), at(9), at(10), role="wizard")
    assert "time-unmatched (no-rate): a person must rate it" in text(unmatched, policies)
    waiting = worked(story(policies, rated=False), at(9), at(10))
    assert "waits: sla has not selected the calendar of its cycle" in text(waiting, policies)
    waiting.given(selected())
    assert only_one(waiting, policies).waits == "its rating follows"


def test_invoiced_and_removed_labour_is_still_explained() -> None:
    policies = book()
    told = worked(story(policies), at(9), at(10))
    told = follow(told, send(told, "record-invoice", roles="BI", invoice="I-1"))
    assert "invoiced: its lines never change" in text(told, policies)
    entry = only(told).entry
    told.given(f.TimeRemoved(entry=entry, rev=2, reason="deleted-at-source"))
    assert "removed" in render_text(explained("t", told.ticket, policies, entry))


def test_another_entry_is_refused_with_those_that_exist() -> None:
    told = worked(story(), at(9), at(10))
    with pytest.raises(Problem, match="no entry 'x' on the ticket") as refused:
        explained("t", told.ticket, book(), "x")
    assert only(told).entry in refused.value.remedy
    assert render_text(explained("t", story().ticket, book(), None)) == "no time is logged\n"
