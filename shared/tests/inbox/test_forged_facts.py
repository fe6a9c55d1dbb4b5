"""A fact counts only when its owner vouches for it: what others write on a topic is parked, reported and set aside, and
is the cause of nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from desk.contract.event import Draft, Event
from desk.decision.context import DecisionContext
from desk.decision.planning import Intent
from desk.eventstore.errors import LogError
from desk.eventstore.event_log import EventLog
from desk.eventstore.handler_registry import Tables
from desk.eventstore.schema import migrate
from desk.eventstore.unit_of_work.work_items import Command
from desk.inbox.gap_filler import GapFiller
from desk.inbox.inbox import Inbox
from desk.inbox.parked_admin import Parking
from desk.inbox.ports import Fetched, PeerFacts, RawRecord
from desk.signing.keys import signatures_among
from desk.signing.signature import headers_of, signature_in
from desk.signing.signatures import Signatures
from desk.testing.notes import NOTES, TICKETS, Answered, NoPolicies, Talk, context, say, text_of
from desk.testing.peers import Peer

pytestmark = pytest.mark.postgres
KEYS = {owner: Ed25519PrivateKey.generate() for owner in ("docs", "intake", "triage")}


def answer(event: Event, _state: object, _deciding: DecisionContext) -> list[Draft]:
    return [Draft(data=Answered(text=f"re {text_of(event)}"))]


def call(event: Event, _state: Any) -> list[Intent]:
    return [Intent("telling", text_of(event))]


class Desk:
    """The service docs, which answers intake and calls a vendor for each of its facts; `owners` answer for theirs."""

    def __init__(self, url: str, signatures: Signatures | None, owners: PeerFacts | None = None) -> None:
        tables = Tables(reactions={"desk.intake.said.v1": answer}, effects={"desk.intake.said.v1": call})
        self.log = EventLog(url, "docs", NOTES, tables, NoPolicies(), signatures=signatures)
        self.inbox, self.parking = Inbox(self.log), Parking(self.log)
        self.filler = GapFiller(self.log, owners, now=self._later)
        self._time = 0.0
        self.log.start()

    def _later(self) -> float:
        self._time += 100
        return self._time

    def hear(self, *records: RawRecord) -> None:
        self.inbox.apply(records)

    def said(self, owner: str = "intake") -> tuple[str, ...]:
        state: Talk = self.log.replica(TICKETS, "T1").state
        return state.said(owner)

    def parked(self, state: str = "waiting") -> list[tuple[str, str]]:
        return [(row.cause, row.detail) for row in self.parking.listed(state=state)]

    def calls(self) -> int:
        return self.log.store.execute(lambda cursor: cursor.execute("SELECT FROM effects").rowcount)


Open = Callable[..., Desk]
Trusted = dict[str, Signatures]


@pytest.fixture
def trusted() -> Trusted:
    return signatures_among(KEYS)


@pytest.fixture
def open_desk(database: str, trusted: Trusted) -> Iterator[Open]:
    desks: list[Desk] = []

    def make(owners: PeerFacts | None = None, signatures: Signatures | None = trusted["docs"]) -> Desk:
        migrate(database, "docs")
        desks.append(Desk(database, signatures, owners))
        return desks[-1]

    yield make
    for desk in desks:
        desk.log.stop()


class Away:
    """Owners that do not answer."""

    def after(self, owner: str, stream: str, subject: str, ownerseq: int) -> list[Fetched]:
        raise LogError(f"{owner} does not answer")

    def lasts(self, owner: str) -> dict[str, int]:
        raise LogError(f"{owner} does not answer")


def test_a_signed_fact_is_applied_and_stored_with_its_signature(open_desk: Open, trusted: Trusted) -> None:
    desk, intake = open_desk(), Peer(signatures=trusted["intake"])
    record = intake.says("a")
    desk.hear(record)
    assert (desk.said(), desk.said("docs"), desk.calls(), desk.parked()) == (("a",), ("re a",), 1, [])
    rows = desk.log.store.read(lambda reads: reads.all_after(0, 10))
    assert rows[0].signature == signature_in(record.headers)
    assert trusted["intake"].judge("docs", rows[1].raw, "", rows[1].signature) == "good", "own facts are signed too"


@pytest.mark.parametrize("signer", [None, "docs", "triage"])
def test_a_fact_in_the_name_of_another_is_parked_and_causes_nothing(
    open_desk: Open, trusted: Trusted, signer: str | None
) -> None:
    """The forger names the right type, source, number and `prevhash`; a check of the source alone applies this."""
    desk, intake = open_desk(), Peer(signatures=trusted["intake"])
    desk.hear(intake.says("a"))
    intake.signatures = None if signer is None else trusted[signer]
    desk.hear(intake.lies("confirm your password"))

    assert (desk.said(), desk.said("docs"), desk.calls()) == (("a",), ("re a",), 1)
    ((cause, detail),) = desk.parked()
    assert cause == ("unsigned" if signer is None else "unknown-key")
    assert "intake" in detail
    assert desk.log.runner.stopped == set(), "what nobody signed is no proof of a divergence"


@pytest.mark.parametrize("spoilt", [b"", b"x", b"0" * 16 + b":AAAA", b"\xff\x00"])
def test_a_signature_that_cannot_be_read_or_was_made_for_other_bytes_is_refused(
    open_desk: Open, trusted: Trusted, spoilt: bytes
) -> None:
    desk, intake = open_desk(), Peer(signatures=trusted["intake"])
    true, other = intake.lies("true"), intake.lies("changed")
    for headers in ((("signature", spoilt),), true.headers):
        desk.hear(other._replace(headers=headers))
        assert (desk.said(), desk.calls()) == ((), 0)
    assert {cause for cause, _ in desk.parked()} == {"wrong-signature"}


def test_a_checker_that_looks_only_at_the_source_would_apply_it(open_desk: Open, trusted: Trusted) -> None:
    """The broken twin: without signatures the same record is carried out."""
    twin, intake = open_desk(signatures=None), Peer(signatures=trusted["intake"])
    twin.hear(intake.says("a"))
    intake.signatures = None
    twin.hear(intake.lies("confirm your password"))
    assert (twin.said(), twin.calls(), twin.parked()) == (("a", "confirm your password"), 2, [])


def test_one_signature_vouches_for_the_facts_before_it(open_desk: Open, trusted: Trusted) -> None:
    """Facts recorded before signing began are applied with the first signed one."""
    desk, intake = open_desk(), Peer()
    before = [intake.says("a"), intake.says("b")]
    intake.signatures = trusted["intake"]
    desk.hear(*before, intake.says("c"))
    assert (desk.said(), desk.parked()) == (("a", "b", "c"), [])


def test_a_signature_does_not_vouch_for_a_fact_outside_its_chain(open_desk: Open, trusted: Trusted) -> None:
    desk, intake = open_desk(Away()), Peer(signatures=trusted["intake"])
    intake.signatures = None
    forged = intake.lies("forged")
    intake.signatures = trusted["intake"]
    desk.hear(forged, intake.says("a"), intake.says("b"))
    assert [cause for cause, _ in desk.parked()] == ["unsigned", "behind", "behind"]
    with pytest.raises(LogError):
        desk.filler.sweep()
    desk.parking.retry("T1")
    assert (desk.said(), desk.parked()) == (("a", "b"), [])
    assert desk.calls() == 2


def test_an_unsigned_fact_of_before_is_fetched_from_its_owner(open_desk: Open, trusted: Trusted) -> None:
    intake = Peer()
    desk = open_desk(intake)
    records = [intake.says("a"), intake.says("b")]
    desk.hear(*records)
    assert [cause for cause, _ in desk.parked()] == ["unsigned", "behind"]
    desk.filler.sweep()
    assert (desk.said(), len(desk.parked())) == ((), 2), "the owner, of the release before, signs nothing yet"
    intake.signatures = trusted["intake"]
    desk.filler.sweep()
    assert (desk.said(), desk.parked(), desk.calls()) == (("a", "b"), [], 2)


def test_a_signed_copy_of_a_parked_fact_takes_its_place_also_after_a_restart(
    open_desk: Open, database: str, trusted: Trusted
) -> None:
    """The owner publishes its facts of before again, signed."""
    desk, intake = open_desk(), Peer()
    record = intake.says("a")
    desk.hear(record)
    for signature in (
        trusted["docs"].signer.sign(record.value or b""),
        trusted["intake"].signer.sign(record.value or b""),
    ):
        desk.hear(record._replace(headers=headers_of(signature)))
    assert [cause for cause, _ in desk.parked()] == ["unsigned"]
    other = Desk(database, signatures_among(KEYS)["docs"])
    other.filler.sweep()
    assert (other.said(), other.parked()) == (("a",), [])
    other.log.stop()


def test_a_forged_fact_is_set_aside_when_its_owner_does_not_hold_it(open_desk: Open, trusted: Trusted) -> None:
    """So a forger cannot hold a ticket back either: others' facts behind the forged one go on."""
    intake, triage = Peer(signatures=trusted["intake"]), Peer("triage", signatures=trusted["triage"])
    desk = open_desk(intake)
    desk.hear(intake.says("a"))
    intake.signatures = None
    forged = intake.lies("forged")
    intake.signatures = trusted["intake"]
    desk.hear(forged, triage.says("b"))
    assert desk.said("triage") == ()
    desk.filler.sweep()
    assert (desk.said(), desk.said("triage"), desk.parked()) == (("a",), ("b",), [])
    assert [cause for cause, _ in desk.parked("skipped")] == ["unsigned"]
    assert not desk.log.replica(TICKETS, "T1").incomplete
    desk.hear(intake.says("c"))
    assert (desk.said(), desk.calls()) == (("a", "c"), 2)


def test_a_forged_own_fact_is_set_aside_without_stopping_the_ticket(open_desk: Open, trusted: Trusted) -> None:
    desk, impostor = open_desk(), Peer("docs", signatures=trusted["intake"])
    desk.hear(impostor.says("forged"))
    desk.filler.sweep()
    assert (desk.said("docs"), desk.parked()) == ((), [])
    desk.log.writer.submit_wait(Command(TICKETS, "T1", say("true"), context()))
    assert desk.said("docs") == ("true",)


def test_a_forged_fact_that_is_skipped_leaves_no_tombstone(open_desk: Open, trusted: Trusted) -> None:
    desk, intake = open_desk(), Peer()
    desk.hear(intake.lies("forged"))
    (row,) = desk.parking.listed()
    assert desk.parking.skip(row.id, "forged") is False
    intake.signatures = trusted["intake"]
    desk.hear(intake.says("a"))
    assert desk.said() == ("a",)
