"""Ratings by hand, invoices and write-offs."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from desk.contract.ticket.billing import facts as f
from desk.testing.given import Outcome, Story

from .billing_examples import at, book, follow, lines, only, send, story, worked

HALF = [{"minutes": 30, "billing_class": "billable", "rate": "100"}, {"minutes": 30, "billing_class": "covered"}]


def bill(told: Story, name: str, **body: Any) -> Outcome:
    return send(told, name, by="bea", roles="BI", **body)


def by_hand(told: Story, **more: Any) -> Outcome:
    return bill(told, "rate-by-hand", **{"entry": only(told).entry, "lines": HALF, "reason": "agreed", **more})


def names(told: Story) -> list[str]:
    return [entry.entry for entry in told.ticket.billing.live]


def test_a_person_rates_what_no_rule_fits() -> None:
    told = worked(story(), at(9), at(10), role="wizard")
    told = follow(told, by_hand(told))
    assert [(line.billing_class, line.amount, line.rule) for line in lines(told)] == [
        ("billable", Decimal("50.00"), "by-hand"),
        ("covered", Decimal("0.00"), "by-hand"),
    ]
    rating = only(told).rating
    assert rating is not None and (rating.rating, rating.by) == (2, "bea")


def test_the_same_rating_by_hand_records_nothing() -> None:
    told = worked(story(), at(9), at(10))
    by_hand(follow(told, by_hand(told))).nothing()


def test_a_person_may_rate_before_a_calendar_is_known() -> None:
    told = worked(story(rated=False), at(9), at(10))
    assert lines(follow(told, by_hand(told)))[0].calendar == ""


def test_a_rating_by_hand_accounts_for_every_minute() -> None:
    refusal = by_hand(worked(story(), at(9), at(10)), lines=HALF[:1]).refused("invalid_field")
    assert "30 minutes" in refusal.detail


def test_only_an_entry_of_this_ticket_that_is_not_invoiced_is_rated_by_hand() -> None:
    told = worked(story(), at(9), at(10))
    by_hand(told, entry="nobody").refused("invalid_field")
    told = follow(told, bill(told, "record-invoice", invoice="I-1"))
    by_hand(told).refused("already_invoiced")


def test_a_closed_period_takes_neither_a_rating_nor_an_invoice() -> None:
    policies = book()
    told = worked(story(policies), at(9), at(10))
    policies.put("billing-rules", "2", {**policies.get("billing-rules"), "closed_until": "2026-03-02"})
    by_hand(told).refused("period_closed")
    bill(told, "record-invoice", invoice="I-1").refused("period_closed")


def test_an_invoice_takes_all_billable_labour_or_what_is_named() -> None:
    told = worked(worked(worked(story(), at(9), at(10)), at(11), at(12)), at(13), at(14), billable="NoCharge")
    assert bill(told, "record-invoice", invoice="I-1").names == ["time-invoiced", "time-invoiced"]
    first = names(told)[0]
    assert bill(told, "record-invoice", invoice="I-1", entries=[first, first]).one(f.TimeInvoiced).entry == first


def test_what_is_on_an_invoice_already_records_nothing() -> None:
    told = worked(story(), at(9), at(10))
    told = follow(told, bill(told, "record-invoice", invoice="I-1"))
    bill(told, "record-invoice", invoice="I-1", entries=names(told)).nothing()
    bill(told, "record-invoice", invoice="I-2", entries=names(told)).refused("already_invoiced")
    bill(told, "record-invoice", invoice="I-2").nothing()


def test_an_invoice_refuses_what_is_unrated_written_off_or_not_here() -> None:
    told = worked(story(rated=False), at(9), at(10))
    bill(told, "record-invoice", invoice="I-1", entries=names(told)).refused("invalid_field")
    bill(told, "record-invoice", invoice="I-1", entries=["nobody"]).refused("invalid_field")
    told = follow(told, bill(told, "write-off", entries=names(told), reason="lost case"))
    bill(told, "record-invoice", invoice="I-1", entries=names(told)).refused("invalid_field")


def test_writing_off_is_recorded_once_and_not_after_the_invoice() -> None:
    told = worked(story(), at(9), at(10))
    written = bill(told, "write-off", entries=names(told), reason="lost case")
    assert written.one(f.TimeWrittenOff).by == "bea"
    told = follow(told, written)
    bill(told, "write-off", entries=names(told), reason="lost case").nothing()
    told = worked(story(), at(9), at(10))
    told = follow(told, bill(told, "record-invoice", invoice="I-1"))
    bill(told, "write-off", entries=names(told), reason="lost case").refused("invalid_field")
