"""Batches, statements and missing work: what the conformance cases do not show."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from desk_billing.rating.finder.unbilled import age_of
from desk_billing.rating.handover.batch import batches, files, safe
from desk_billing.rating.handover.items import clock, due, priced
from desk_billing.rating.handover.mapping import AccountsMapping
from desk_billing.rating.handover.statement import Movement, statement
from desk_billing.rating.trial.answer import Trial

from .hand_over_notation import found_in, ledger_of

MAPPING = AccountsMapping.model_validate({"account_code": "200", "tax_type": "OUTPUT", "tracking_name": "Technician"})
DAY = date(2026, 4, 1)
ENTRY = {"entry": "e1", "ticket": "T1", "technician": "tess", "start": "2026-03-02T09:00Z", "end": "2026-03-02T10:00Z"}
SESSION = {"ticket": "T1", "technician": "tess", "start": "2026-03-02T09:00Z", "end": "2026-03-02T10:00Z"}


def trial(**changes: Any) -> Trial:  # Any: keys of a world file
    world = {
        "card": {"currency": "EUR", "default_role": "all", "roles": {"all": 100}},
        "rules": {"rules": [{"name": "all", "then": "billable"}]},
        "tickets": [{"id": "T1", "client": "acme"}],
        "entries": [ENTRY],
    }
    return Trial({**world, **changes})


def test_the_same_batch_has_the_same_bytes_in_any_order_of_entries() -> None:
    entries = [{**ENTRY, "entry": name} for name in ("e2", "e1", "e3")]
    first, second = (
        files(batches(due(ledger_of(trial(entries=own)))), "quickbooks", MAPPING, DAY)
        for own in (entries, entries[::-1])
    )
    assert first == second
    assert [row["Memo"] for row in csv.DictReader(io.StringIO(first[0]))] == ["e1", "e2", "e3"]


def test_a_row_of_quickbooks_and_one_of_xero() -> None:
    found = batches(due(ledger_of(trial())))
    texts = [files(found, style, MAPPING, DAY) for style in ("quickbooks", "xero")]
    (quickbooks,), (xero,) = (list(csv.DictReader(io.StringIO(own[0]))) for own in texts)
    assert quickbooks == {
        "InvoiceNo": "acme-2026-03-EUR", "Customer": "acme", "InvoiceDate": "2026-04-01", "DueDate": "2026-05-01",
        "Terms": "", "Item": "Labour", "ItemDescription": "T1: business, 1:00", "ItemQuantity": "1.0000",
        "ItemRate": "100.00", "ItemAmount": "100.00", "ServiceDate": "2026-03-02", "Memo": "e1",
    }  # fmt: skip
    assert xero == {
        "ContactName": "acme", "EmailAddress": "", "InvoiceNumber": "acme-2026-03-EUR", "Reference": "2026-03",
        "InvoiceDate": "2026-04-01", "DueDate": "2026-05-01", "Description": "T1: business, 1:00",
        "Quantity": "1.0000", "UnitAmount": "100.00", "AccountCode": "200", "TaxType": "OUTPUT",
        "TrackingName1": "Technician", "TrackingOption1": "tess", "Currency": "EUR",
    }  # fmt: skip


def test_each_payer_has_a_batch_with_its_share() -> None:
    payers = [{"client": "acme", "share": 60}, {"client": "parent", "share": 40}]
    terms = [{"agreement": "gold", "client": "acme", "default": True, "payers": payers}]
    found = batches(due(ledger_of(trial(terms=terms))))
    assert [(one.client, [item.amount for item in one.items]) for one in found] == [
        ("acme", [Decimal("60.00")]),
        ("parent", [Decimal("40.00")]),
    ]
    assert found[1].items[0].text == "T1: business, 1:00, share of 100.00"


def test_an_adjustment_below_zero_is_one_piece_less() -> None:
    events = [{"invoice": {"invoice": 1, "entries": ["e1"]}}, {"correct": {"entry": "e1", "minutes": 30}}]
    ((one,),) = [batch.items for batch in batches(due(ledger_of(trial(events=events))))]
    assert (one.quantity, one.rate, one.amount) == (Decimal(-1), Decimal("50.00"), Decimal("-50.00"))
    assert one.text == "T1: adjustment 1 (correct), -0:30"


def test_late_labour_is_in_the_first_open_period() -> None:
    found = due(ledger_of(trial(events=[{"close": {"client": "acme", "period": "2026-03"}}])))
    assert [one.period for one in found] == ["2026-04"]


def test_labour_that_is_not_confirmed_is_not_handed_over() -> None:
    assert due(ledger_of(trial()), {"e1"}) == []


@pytest.mark.parametrize(
    ("rate", "expected"),
    [
        (Fraction(100), ("1.0000", "100.00")),
        (Fraction(1234567, 12345), ("1", "100.00")),
        (None, ("1", "100.00")),
        (Fraction(90), ("1", "100.00")),
    ],
)
def test_a_price_that_cannot_be_written_is_one_piece(rate: Fraction | None, expected: tuple[str, str]) -> None:
    quantity, price = priced(60, rate, Decimal("100.00"), "EUR", "away")
    assert (str(quantity), str(price)) == expected


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "\n=1"])
def test_a_formula_gets_an_apostrophe(text: str) -> None:
    assert safe(text) == f"'{text}"
    assert safe(f"x{text}") == f"x{text}"


def test_a_clock_is_hours_and_minutes() -> None:
    assert [clock(minutes) for minutes in (0, 10, 61, -90)] == ["0:00", "0:10", "1:01", "-1:30"]


def test_a_statement_has_earlier_movements_in_its_opening_and_no_later_ones() -> None:
    moved = [
        Movement(date(2026, 2, 1), "granted", Fraction(600)),
        Movement(date(2026, 2, 9), "drawn", Fraction(100)),
        Movement(date(2026, 3, 1), "granted", Fraction(60)),
        Movement(date(2026, 3, 31), "drawn", Fraction(200)),
        Movement(date(2026, 3, 31), "returned", Fraction(20)),
        Movement(date(2026, 3, 31), "expired", Fraction(30)),
        Movement(date(2026, 4, 1), "drawn", Fraction(50)),
    ]
    march = statement(moved, "2026-03")
    found = (march.opening, march.granted, march.drawn, march.returned, march.expired)
    assert [int(one) for one in found] == [500, 60, 200, 20, 30]
    assert march.closing == statement(moved, "2026-04").opening == 350
    with pytest.raises(ValueError, match="no period"):
        statement(moved, "March")


@pytest.mark.parametrize(
    ("day", "age"),
    [
        ("2026-04-02", "0-7"), ("2026-03-25", "0-7"), ("2026-03-24", "8-30"), ("2026-03-02", "8-30"),
        ("2026-03-01", "31-60"), ("2026-01-30", "61-90"), ("2026-01-01", "61-90"), ("2025-12-31", "91+"),
    ],
)  # fmt: skip
def test_an_age_is_a_range_of_days(day: str, age: str) -> None:
    assert age_of(day, DAY) == age


def test_another_persons_entry_leaves_a_session_without_one() -> None:
    found = found_in(trial(sessions=[{**SESSION, "technician": "tom"}]))
    assert [(one.state, one.technician, one.minutes) for one in found] == [
        ("no-entry", "tom", 60),
        ("not-exported", "tess", 60),
    ]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"end": "2026-03-02T08:00Z"}, "sessions.0.end"),
        ({"ticket": "T9"}, "sessions.0.ticket"),
        ({"start": "x"}, "sessions.0.start"),
    ],
)
def test_a_session_that_cannot_be_is_refused(change: dict[str, str], field: str) -> None:
    assert [one.field for one in trial(sessions=[{**SESSION, **change}]).problems] == [field]


def test_psa_time_and_an_export_that_cannot_be_are_refused() -> None:
    wrong = trial(psa=[{"entry": "e1", "hours": -1}])
    assert [one.field for one in wrong.problems] == ["psa.0.hours"]
    export = trial(events=[{"export": {"client": "acme", "period": "March"}}])
    assert [one.field for one in export.problems] == ["events.0.period"]
    assert export.exported == set()
