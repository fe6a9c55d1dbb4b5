"""Texts are sealed under one key per subject, on the wire and at rest."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk.contract.catalogue import FACTS
from desk.contract.codec import decode, encode
from desk.contract.event import Payload, Sealed, Stream, Text
from desk.contract.key_ring import Key
from desk.contract.sealing import BrokenSeal, fingerprint, open_text, seal, sealer, sealing_subject, unseal
from desk.contract.ticket.docs.documentation import Hit
from desk.contract.ticket.docs.facts import ResolutionDocumented
from desk.contract.ticket.ticket import Ticket
from desk.testing import controls
from desk.testing.facts import CANARY, event, payloads
from desk.testing.given import Story
from desk.testing.in_memory.keyring import MemoryKeyRing

FACT = ResolutionDocumented(rev=1, root_cause="stale credentials", actions=("restart it",), symptom="vpn")


class Nest(msgspec.Struct, frozen=True):
    """Every place where a text can occur."""

    plain: Text
    optional: Text | None = None
    many: tuple[Text, ...] = ()
    named: dict[str, Text] = {}
    nested: tuple[Hit, ...] = ()
    code: str = ""


NEST = Nest("a", "b", ("c", "d"), {"e": "f"}, (Hit("h", "s", "x", "title"),), "code")


@pytest.mark.parametrize("cls", FACTS, ids=lambda cls: cls.name)
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_no_text_of_any_fact_is_readable_on_the_wire_and_all_come_back_with_the_key(
    cls: type[Payload], data: st.DataObject
) -> None:
    ring = MemoryKeyRing()
    payload = data.draw(payloads(cls))
    raw = encode(event(seal(payload, ring, "person:pat")))
    assert CANARY.encode() not in raw
    assert unseal(decode(raw).data, ring) == payload


def test_every_place_of_a_text_is_sealed_and_codes_stay_readable() -> None:
    sealed = seal(NEST, MemoryKeyRing(), "person:pat")
    assert sealed.code == "code"
    assert sealed.nested[0].hit == "h"
    places = (sealed.plain, sealed.optional, *sealed.many, *sealed.named.values(), sealed.nested[0].title)
    assert all(isinstance(text, Sealed) for text in places)


def test_the_same_text_sealed_twice_looks_different() -> None:
    ring = MemoryKeyRing()
    assert seal(FACT, ring, "person:pat") != seal(FACT, ring, "person:pat")


def test_what_is_sealed_already_and_what_is_empty_stays() -> None:
    ring = MemoryKeyRing()
    sealed = seal(FACT, ring, "person:pat")
    assert seal(sealed, ring, "person:someone-else") == sealed
    assert seal(Nest(""), ring, "person:pat") == Nest("")


def test_a_fact_without_texts_makes_no_key() -> None:
    ring = MemoryKeyRing()
    seal(controls.verified(), ring, "person:pat")
    assert ring.destroy("person:pat") is None


def test_a_reader_without_the_key_sees_the_fields_marked_as_sealed() -> None:
    sealed = seal(FACT, MemoryKeyRing(), "person:pat")
    heard = unseal(sealed, MemoryKeyRing())
    assert heard == sealed
    assert isinstance(heard.root_cause, Sealed)
    assert heard.symptom == "vpn"


def test_destroying_a_key_erases_what_was_and_what_is_still_said() -> None:
    ring = MemoryKeyRing()
    before = seal(FACT, ring, "person:pat")
    destroyed = ring.destroy("person:pat")
    after = seal(FACT, ring, "person:pat")
    assert isinstance(before.root_cause, Sealed) and before.root_cause.key == destroyed
    assert unseal(before, ring) == before
    assert unseal(after, ring) == after
    assert "stale" not in json.dumps(msgspec.to_builtins(after))


def test_a_box_moved_to_another_subject_does_not_open() -> None:
    class Swapped(MemoryKeyRing):
        def get(self, key_id: str) -> Key | None:
            key = super().get(key_id)
            return key and key._replace(subject="person:mallory")

    ring = Swapped()
    sealed = seal(FACT, ring, "person:pat")
    with pytest.raises(BrokenSeal):
        open_text(sealed.root_cause, ring)
    assert unseal(sealed, ring) == sealed


@pytest.mark.parametrize("box", ["", "AAAA", "not base64!", "A" * 200])
def test_a_damaged_box_is_distinguished_from_a_missing_key(box: str) -> None:
    ring = MemoryKeyRing()
    damaged = Sealed(ring.key_for("person:pat").id, box)
    with pytest.raises(BrokenSeal):
        open_text(damaged, ring)
    assert open_text(Sealed("no-such-key", box), ring) is None
    assert unseal(Nest(damaged), ring) == Nest(damaged)


def test_fingerprints_are_equal_for_equal_texts_of_one_subject_only() -> None:
    ring = MemoryKeyRing()
    assert fingerprint("text", ring, "person:pat") == fingerprint("text", ring, "person:pat")
    assert fingerprint("text", ring, "person:pat") != fingerprint("other", ring, "person:pat")
    assert fingerprint("text", ring, "person:pat") != fingerprint("text", ring, "person:kim")


def test_slices_that_carry_texts_can_be_read_too() -> None:
    ring = MemoryKeyRing()
    sealed = seal(controls.opening(problem="VPN drops"), ring, "person:pat")
    ticket = Story().given(sealed).ticket
    assert isinstance(ticket.intake.problem, Sealed)
    assert unseal(ticket.intake, ring).problem == "VPN drops"


def ticket_of(contact: str | None) -> Ticket:
    return Story().given(controls.opening(contact=contact)).ticket


@pytest.mark.parametrize(
    ("stream", "state", "payload", "subject"),
    [
        (Stream.TICKETS, ticket_of("pat"), None, "person:pat"),
        (Stream.TICKETS, ticket_of(None), None, "ticket:t1"),
        (Stream.TICKETS, Ticket(), controls.opening(contact="pat"), "person:pat"),
        (Stream.TICKETS, Ticket(), controls.opening(contact=None), "ticket:t1"),
        (Stream.PEOPLE, None, None, "person:t1"),
        (Stream.INCIDENTS, None, None, "incidents:t1"),
    ],
)
def test_the_key_is_the_contacts_when_known_else_the_aggregates(
    stream: Stream, state: Any, payload: Payload | None, subject: str
) -> None:
    assert sealing_subject(stream, "t1", state, payload) == subject


def test_the_sealer_of_a_log_uses_the_tickets_contact() -> None:
    ring = MemoryKeyRing()
    sealed = sealer(ring)(FACT, "t1", ticket_of("pat"))
    assert isinstance(sealed, ResolutionDocumented) and isinstance(sealed.root_cause, Sealed)
    assert sealed.root_cause.key == ring.key_for("person:pat").id
