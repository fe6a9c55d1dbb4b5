"""Every field of every fact type is in one column of the table of audiences; the client reads its own matters."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from desk.contract.audiences import TABLE, Audience, Row, fields_for, is_readable, problems
from desk.contract.catalogue import FACTS, TYPES
from desk.contract.codec import Unknown
from desk.contract.event import Payload, Spec, Stream
from desk.contract.ticket.billing import facts as b
from desk.contract.ticket.docs.client import ClientSummaryWritten
from desk.contract.ticket.intake.conversation import NoteAdded, ReplySent
from desk.contract.ticket.sla.facts import ClockStarted
from desk.contract.ticket.triage.dispatch import WaitingStarted
from desk.contract_docs.samples import sample


class Extra(Payload, frozen=True, kw_only=True):
    """A type of this test."""

    spec = Spec("docs", ())
    code: str
    text: str = ""


def test_every_type_has_a_row_and_every_field_a_column() -> None:
    assert problems(FACTS) == []


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (None, "no row"),
        (Row("code"), "no column for ['text']"),
        (Row("code text rate"), "no such field ['rate']"),
        (Row("code text", client="code"), "stands twice"),
    ],
)
def test_a_type_without_row_and_a_field_in_no_or_two_columns_are_named(row: Row | None, problem: str) -> None:
    table: Mapping[type[Payload], Row] = {} if row is None else {Extra: row}
    (found,) = problems([Extra], table)
    assert problem in found
    assert found.startswith("extra: ")


def test_a_row_of_no_type_is_named() -> None:
    assert problems([], {Extra: Row("code text")}) == ["extra: a row, but no type"]


@pytest.mark.parametrize("audience", Audience)
def test_a_type_without_a_row_is_shown_to_nobody(audience: Audience) -> None:
    assert fields_for(Extra, audience) == frozenset()
    assert fields_for(Unknown, audience) == frozenset()
    assert is_readable(Extra(code="x"), audience) == (audience is not Audience.CLIENT_IT)


def test_the_client_learns_of_no_labour_and_of_no_fact_beside_its_tickets() -> None:
    for fact in FACTS:
        if fact.spec.owner == "billing" or fact.spec.stream is not Stream.TICKETS:
            assert TABLE[fact].client is None, fact.name


INTERNAL = frozenset(["technician", "by", "rate", "amount", "lines", "invoice", "url", "psa_actor", "owner"])


def test_no_column_of_the_client_names_who_works_or_what_it_costs() -> None:
    for fact in FACTS:
        assert fields_for(fact, Audience.CLIENT_IT).isdisjoint(INTERNAL), fact.name


@pytest.mark.parametrize(
    ("fact", "readable"),
    [
        (NoteAdded(note="n", internal=False, text="x"), True),
        (NoteAdded(note="n", internal=True, text="x"), False),
        (ReplySent(message="m", author="human", audience="public", to_requester=True, channel="mail"), True),
        (ReplySent(message="m", author="human", audience="internal", to_requester=False, channel="mail"), False),
        (ClientSummaryWritten(rev=1, audience="requester", text="x", text_hash=""), True),
        (ClientSummaryWritten(rev=1, audience="client-it", text="x", text_hash=""), True),
        (ClientSummaryWritten(rev=1, audience="manager", text="x", text_hash=""), False),
        (WaitingStarted(wait="w", on="client", message="m"), True),
        (WaitingStarted(wait="w", on="internal"), False),
        (WaitingStarted(wait="w", on="security"), False),
        (b.UnbilledLabourCleared(set_hash="", why="invoiced"), False),
    ],
    ids=str,
)
def test_the_client_reads_what_was_said_to_it(fact: Payload, readable: bool) -> None:
    assert is_readable(fact, Audience.CLIENT_IT) is readable
    assert is_readable(fact, Audience.STAFF)


@pytest.mark.parametrize(
    ("clock", "readable"), [("response", True), ("plan", True), ("ola:Network", False), ("uc:isp", False)]
)
def test_the_client_reads_the_clocks_agreed_with_it(clock: str, readable: bool) -> None:
    started = sample("desk.sla.clock-started.v1", ClockStarted).data
    assert isinstance(started, ClockStarted)
    moved = ClockStarted(clock=clock, starts_at=started.starts_at, due=started.due, seconds=60)
    assert is_readable(moved, Audience.CLIENT_IT) is readable


def test_rates_and_amounts_are_for_those_who_bill_manage_accounts_or_audit() -> None:
    for fact, field in ((b.TimeRated, "lines"), (b.UnbilledLabourFlagged, "amount"), (b.TimeInvoiced, "invoice")):
        who = {audience for audience in Audience if field in fields_for(fact, audience)}
        assert who == {Audience.BILLING, Audience.ACCOUNT_MANAGER, Audience.AUDITOR}


def test_those_who_see_everything_lose_no_field() -> None:
    for fact in TYPES.values():
        assert fields_for(fact, Audience.AUDITOR) == frozenset(fact.__struct_fields__)
