"""Facts to bytes and back, and what is no fact."""

import timeit
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk import codec
from desk.codec import MAX_BYTES, Undecodable, Unknown, decode, encode
from desk.testing.facts import event, payloads
from desk.ticket import docs, sla
from desk.ticket.billing.facts import UnbilledLabourFlagged
from desk.ticket.catalogue import FACTS
from desk.ticket.docs.facts import Reference, ResolutionDocumented
from desk.ticket.event import Event, Payload
from desk.ticket.sla.facts import ClockMet

FACT = event(ResolutionDocumented(rev=1, root_cause="stale credentials", actions=("restart it",), symptom="vpn"))


def altered(**changes: Any) -> bytes:
    """The fact as JSON with some attributes replaced, or left out where None."""
    fields = msgspec.json.decode(encode(FACT))
    merged = {**fields, **changes}
    return msgspec.json.encode({name: value for name, value in merged.items() if value is not None})


def refused(raw: bytes | None) -> str:
    with pytest.raises(Undecodable) as error:
        decode(raw)
    return error.value.reason


@pytest.mark.parametrize("cls", FACTS, ids=lambda cls: cls.name)
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_any_fact_comes_back_equal_and_encodes_to_the_same_bytes(cls: type[Payload], data: st.DataObject) -> None:
    fact = event(data.draw(payloads(cls)))
    raw = encode(fact)
    assert decode(raw) == fact
    assert encode(decode(raw)) == raw


def test_a_fact_is_a_cloudevent_in_structured_json() -> None:
    fields = msgspec.json.decode(encode(FACT))
    assert fields["specversion"] == "1.0"
    assert fields["type"] == "desk.docs.resolution-documented.v1"
    assert fields["source"] == "/desk/docs"
    assert fields["data"]["actions"] == ["restart it"]


def test_a_type_from_the_future_is_kept_byte_for_byte_and_changes_no_slice() -> None:
    raw = altered(type="desk.docs.resolution-praised.v1", data={"stars": [1, 2, {"deep": "é"}]})
    heard = decode(raw)
    assert heard.data == Unknown('{"stars":[1,2,{"deep":"é"}]}'.encode())
    assert encode(heard) == raw
    assert docs.evolve(docs.INITIAL, heard) is docs.INITIAL


def test_unknown_fields_of_a_known_type_are_ignored() -> None:
    raw = altered(data={**msgspec.json.decode(encode(FACT))["data"], "added_later": 1}, addedlater="x")
    assert decode(raw) == FACT


def test_an_older_version_reads_as_todays() -> None:
    old = {"set_hash": "h", "entries": ["1"], "amount": "10.50", "currency": "EUR", "age": 9, "why": "no-agreement"}
    heard = decode(altered(type="desk.billing.unbilled-labour-flagged.v1", source="/desk/billing", data=old))
    assert heard.type == "desk.billing.unbilled-labour-flagged.v2"
    assert heard.data == UnbilledLabourFlagged(
        set_hash="h", entries=("1",), amount=Decimal("10.50"), currency="EUR", age_days=9, why="no-agreement"
    )


@pytest.mark.parametrize("raw", [b"", None])
def test_a_tombstone_is_refused(raw: bytes | None) -> None:
    assert refused(raw) == "null"


@pytest.mark.parametrize("raw", [b"{", b"\xff\xfe", b'{"id": NaN}', b"<xml/>", encode(FACT)[:-1]])
def test_what_is_not_json_is_refused(raw: bytes) -> None:
    assert refused(raw) == "not-json"


def test_text_that_is_not_utf8_is_refused() -> None:
    assert refused(encode(FACT).replace(b"stale credentials", b"stale\xffcredentials")) == "not-json"


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "not-a-uuid"},
        {"id": None},
        {"ownerseq": 0},
        {"ownerseq": 2**70},
        {"cycle": -1},
        {"time": "2026-03-02T09:00:00"},
        {"time": "yesterday"},
        {"subject": ""},
        {"subject": "a\x00b"},
        {"subject": "x" * 501},
        {"specversion": "2.0"},
        {"datacontenttype": "text/plain"},
        {"mode": "magic"},
        {"data": None},
        {"data": {"rev": "one"}},
        {"data": ["rev"]},
        {"type": "desk.docs.UPPER.v1"},
        {"type": "desk.docs.resolution-documented.v0"},
    ],
    ids=str,
)
def test_a_broken_schema_is_refused(changes: dict[str, Any]) -> None:
    assert refused(altered(**changes)) == "schema"


@pytest.mark.parametrize(
    "changes",
    [
        {"source": "/desk/triage"},
        {"source": "/desk/marketing"},
        {"source": "desk/docs"},
        {"type": "desk.triage.resolved.v1"},
        {"type": "desk.docsy.praised.v1", "source": "/desk/docs"},
        {"type": "praised", "source": "/desk/docs"},
    ],
    ids=str,
)
def test_a_fact_of_an_owner_other_than_its_source_is_refused(changes: dict[str, Any]) -> None:
    assert refused(altered(**changes)) == "wrong-source"


def test_a_time_without_a_zone_inside_the_data_is_refused() -> None:
    fact = event(ClockMet(clock="response", at=datetime(2026, 3, 2, 9, 0), elapsed=1, due=FACT.time, rev=1))
    assert refused(encode(fact)) == "schema"


@pytest.mark.parametrize("type_name", ["desk.docs.resolution-documented.v1", "desk.docs.from-the-future.v1"])
def test_deep_nesting_is_refused(type_name: str) -> None:
    deep = b"[" * 100_000 + b"]" * 100_000
    assert refused(altered(type=type_name, data="DEEP").replace(b'"DEEP"', deep)) == "too-deep"


def test_more_than_a_megabyte_is_refused_both_ways() -> None:
    big = event(ResolutionDocumented(rev=1, root_cause="x" * MAX_BYTES, actions=(), symptom="vpn"))
    with pytest.raises(ValueError, match="shorten its texts"):
        encode(big)
    assert refused(altered(data={"rev": 1, "root_cause": "x" * MAX_BYTES})) == "too-big"


def test_a_refusal_does_not_quote_the_content() -> None:
    with pytest.raises(Undecodable) as error:
        decode(altered(mode="my secret mode"))
    assert "secret" not in str(error.value)
    assert "mode" in error.value.detail


@settings(deadline=None)
@given(st.binary(max_size=200) | st.text().map(str.encode))
def test_random_bytes_are_refused_and_raise_nothing_else(raw: bytes) -> None:
    with pytest.raises(Undecodable):
        decode(raw)


@settings(deadline=None)
@given(st.data())
def test_a_damaged_fact_is_read_or_refused_and_raises_nothing_else(data: st.DataObject) -> None:
    raw = bytearray(encode(FACT))
    for _ in range(data.draw(st.integers(1, 5))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    try:
        heard = decode(bytes(raw))
    except Undecodable:
        return
    assert isinstance(heard, Event)


def test_encode_and_decode_stay_below_twelve_microseconds_each() -> None:
    fact = event(
        ResolutionDocumented(
            rev=1, root_cause="x" * 200, actions=("a" * 80, "b" * 80), symptom="vpn", references=(Reference("kb", "1"),)
        )
    )
    raw = encode(fact)
    rounds = 2000
    decoding = min(timeit.repeat(lambda: decode(raw), number=rounds, repeat=5)) / rounds
    encoding = min(timeit.repeat(lambda: encode(fact), number=rounds, repeat=5)) / rounds
    assert decoding < 12e-6, f"decode took {decoding * 1e6:.1f} us"
    assert encoding < 12e-6, f"encode took {encoding * 1e6:.1f} us"


def test_every_head_field_is_an_event_field() -> None:
    assert {f.name for f in msgspec.structs.fields(codec.Head)} == {f.name for f in msgspec.structs.fields(Event)}


def test_evolve_ignores_the_facts_of_others() -> None:
    assert sla.evolve(sla.INITIAL, FACT) is sla.INITIAL
