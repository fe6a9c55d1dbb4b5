"""Folds billing's facts into its slice."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from desk.contract.event import Payload
from desk.contract.ticket import billing
from desk.contract.ticket.billing import facts as b
from desk.testing.controls import NOW
from desk.testing.facts import history


def at(hours: float) -> datetime:
    return NOW + timedelta(hours=hours)


def billing_of(*payloads: Payload | tuple[Payload, dict[str, Any]]) -> billing.BillingSlice:
    state = billing.INITIAL
    for fact in history(*payloads):
        state = billing.evolve(state, fact)
    return state


def labour(**changes: Any) -> b.Labour:
    base = {"technician": "t1", "start": NOW, "end": at(1), "minutes": 60, "role": "engineer", "work_type": "remote"}
    return b.Labour(**{**base, "source": "psa", **changes})


def rated(rev: int = 1, *lines: tuple[int, b.BillingClass, str]) -> b.TimeRated:
    made = (line(minutes, billing_class, Decimal(amount)) for minutes, billing_class, amount in lines)
    return b.TimeRated(entry="e1", rev=rev, rating=1, lines=tuple(made))


def line(minutes: int, billing_class: b.BillingClass, amount: Decimal) -> b.RatedLine:
    return b.RatedLine(
        minutes=minutes,
        charged=minutes,
        billing_class=billing_class,
        rule="rule",
        rate=Decimal(100),
        amount=amount,
        list_value=amount,
        currency="EUR",
        calendar="office@1",
    )


LOGGED = b.TimeLogged(entry="e1", rev=1, labour=labour())


def test_a_rating_sums_its_lines_by_class() -> None:
    entry = billing_of(LOGGED, rated(1, (40, "billable", "66.67"), (20, "covered", "0"))).entries["e1"]
    assert entry.rating is not None and entry.rated
    assert entry.rating.split == b.BillableSplit(billable=40, covered=20)
    assert entry.rating.amount == Decimal("66.67")


def test_a_corrected_entry_needs_a_new_rating() -> None:
    corrected = b.TimeCorrected(entry="e1", rev=2, labour=labour(minutes=30))
    assert billing_of(LOGGED, rated(1, (60, "billable", "100")), corrected).unrated == ("e1",)


def test_an_entry_that_no_rule_fits_is_not_rated() -> None:
    assert billing_of(LOGGED, b.TimeUnmatched(entry="e1", rev=1, rating=1, why="no-agreement")).unrated == ("e1",)


def test_a_confirmation_holds_until_the_set_of_entries_changes() -> None:
    confirmed = b.TimeConfirmed(set_hash=billing_of(LOGGED).set_hash, by="t1", split=b.BillableSplit(billable=60))
    assert billing_of(LOGGED, confirmed).confirmed(1)
    assert not billing_of(LOGGED, confirmed).confirmed(2)
    for later in (
        b.TimeCorrected(entry="e1", rev=2, labour=labour()),
        b.TimeRemoved(entry="e1", rev=2, reason="deleted"),
        b.TimeMoved(entry="e1", rev=2, direction="out", other="t2", labour=labour()),
        b.TimeLogged(entry="e2", rev=1, labour=labour()),
    ):
        assert not billing_of(LOGGED, confirmed, later).confirmed(1), later.name


def test_no_entries_can_be_confirmed_too() -> None:
    zero = b.TimeConfirmed(
        set_hash=billing.INITIAL.set_hash, by="service", split=b.BillableSplit(), zero_reason="untouched"
    )
    assert billing_of(zero).confirmed(1)


def test_an_entry_that_came_from_another_ticket_is_live_here() -> None:
    moved = b.TimeMoved(entry="e1", rev=2, direction="in", other="t2", labour=labour())
    assert [entry.entry for entry in billing_of(moved).live] == ["e1"]


def test_invoiced_labour_stays_invoiced_when_corrected() -> None:
    corrected = b.TimeCorrected(entry="e1", rev=2, labour=labour())
    entry = billing_of(LOGGED, b.TimeInvoiced(entry="e1", rev=1, invoice="i1"), corrected).entries["e1"]
    assert entry.end_of_life == "invoiced"


def test_a_cleared_flag_is_gone() -> None:
    flagged = b.UnbilledLabourFlagged(
        set_hash="h", entries=("e1",), amount=Decimal(9), currency="EUR", age_days=30, why="old"
    )
    assert set(billing_of(LOGGED, flagged).flags) == {"h"}
    assert not billing_of(LOGGED, flagged, b.UnbilledLabourCleared(set_hash="h", why="invoiced")).flags
