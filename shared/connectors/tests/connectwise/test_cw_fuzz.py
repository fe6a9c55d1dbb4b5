"""Random input makes ConnectWise's readers raise only their own errors."""

import json
from typing import Any

import httpx
from hypothesis import given, settings
from hypothesis import strategies as st

from desk_connectors.connectwise import CallbackInvalid, parse_callback, verify
from desk_connectors.connectwise.records import Contact, Record, Ticket, TimeEntry, read, read_list, ticket_revision
from desk_connectors.connectwise.refusals import refusal
from desk_connectors.http import Answer, UrlRefused, UrlRule, VendorAnswerInvalid, admit

RULE = UrlRule(frozenset({"na.vendor.example"}), "127.0.0.1:8123")
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
)
FIELDS = ("id", "summary", "board", "status", "company", "_info", "owner", "resources", "closedFlag", "actualHours")
ENVELOPE = ("Action", "ID", "Type", "Entity", "Metadata", "MessageId", "CompanyId", "CallbackObjectRecId")
GOOD: dict[str, Any] = {
    "id": 1,
    "summary": "x",
    "board": {"id": 1},
    "status": {"id": 1},
    "company": {"id": 1},
    "_info": {"lastUpdated": "2026-01-15T14:02:12Z"},
    "Action": "updated",
    "ID": 1,
    "Type": "ticket",
    "Entity": "{}",
    "Metadata": {"key_url": "https://na.vendor.example/"},
}


def spoilt(names: tuple[str, ...]) -> st.SearchStrategy[bytes]:
    """The good object with some of its fields replaced by anything or left out."""
    changes = st.dictionaries(st.sampled_from(names), anything, max_size=4)
    gone = st.sets(st.sampled_from(names), max_size=2)
    return st.tuples(changes, gone).map(
        lambda both: json.dumps({k: v for k, v in (GOOD | both[0]).items() if k not in both[1]}).encode()
    )


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300) | spoilt(ENVELOPE) | anything.map(lambda value: json.dumps(value).encode()))
def test_a_body_is_a_callback_or_invalid(raw: bytes) -> None:
    try:
        callback = parse_callback(raw)
    except CallbackInvalid as invalid:
        assert invalid.field
        return
    assert callback.record_id > 0
    try:
        callback.record(Ticket)
    except VendorAnswerInvalid as unreadable:
        assert unreadable.field


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300) | spoilt(FIELDS) | anything.map(lambda value: json.dumps(value).encode()))
def test_an_answer_is_a_record_or_invalid(raw: bytes) -> None:
    kinds: tuple[type[Record], ...] = (Ticket, TimeEntry, Contact)
    for kind in kinds:
        for reading in (read, read_list):
            try:
                record = reading(kind, raw)
            except VendorAnswerInvalid as invalid:
                assert invalid.field
            else:
                assert not isinstance(record, Ticket) or ticket_revision(record)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60) | st.text(max_size=40).map(lambda tail: f"https://na.vendor.example/{tail}"))
def test_an_address_is_admitted_at_our_host_or_refused(url: str) -> None:
    try:
        address = admit(url, RULE)
    except UrlRefused as refused:
        assert refused.reason
        return
    parsed = httpx.URL(url)
    assert (parsed.scheme, parsed.host) == ("https", "na.vendor.example") == ("https", address.host)
    assert parsed.port is None


@given(st.binary(max_size=100), st.none() | st.text(max_size=60), st.text(st.characters(codec="utf-8"), max_size=20))
def test_a_made_up_signature_never_verifies(body: bytes, header: str | None, key: str) -> None:
    assert not verify(body, header, key)


@given(st.integers(300, 499), st.binary(max_size=200) | anything.map(lambda value: json.dumps(value).encode()))
def test_an_error_answer_is_always_a_refusal(status: int, body: bytes) -> None:
    refused = refusal("connectwise", "GET /x", Answer(status, httpx.Headers(), body))
    assert refused.status == status
    assert len(refused.detail) <= 500
