"""Refuses bytes that are no fact, with a code and the place."""

from datetime import datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from desk.contract.codec import MAX_BYTES, Undecodable, decode, encode
from desk.contract.event import Event
from desk.contract.ticket.docs.facts import ResolutionDocumented
from desk.contract.ticket.sla.facts import ClockMet
from desk.testing.facts import event

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


MET = event(ClockMet(clock="response", at=FACT.time, elapsed=1, due=FACT.time, rev=1))


def test_a_time_without_a_zone_inside_the_data_is_refused() -> None:
    assert refused(encode(MET).replace(b'"at":"2026-03-02T09:00:00Z"', b'"at":"2026-03-02T09:00:00"')) == "schema"


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({"subject": "a\x00b"}, "subject"),
        ({"naturalkey": "k" * 2001}, "naturalkey"),
        ({"mode": "magic"}, "mode"),
        ({"time": datetime(2026, 3, 2, 9, 0)}, "time"),
        ({"source": "/desk/triage"}, "wrong-source"),
        ({"data": replace(MET.data, at=datetime(2026, 3, 2, 9, 0))}, "a time without a zone"),
        ({"data": replace(MET.data, rev="one")}, "rev"),
    ],
)
def test_what_a_peer_could_not_read_is_never_recorded(changes: dict[str, Any], names: str) -> None:
    with pytest.raises(ValueError, match=names):
        encode(replace(MET, **changes))


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
