"""Reading of vendors' JSON: lenient about unknown fields and nulls, strict about required ones."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk_connectors.connectwise.records import reading as cw_reading
from desk_connectors.connectwise.records.ticket import Ticket
from desk_connectors.connectwise.refusals import is_json
from desk_connectors.http.address import host_of, is_simulator
from desk_connectors.http.call import Answer
from desk_connectors.http.errors import VendorAnswerInvalid
from desk_connectors.ninjaone.refusals import code_of
from desk_connectors.ninjaone.webhook import WebhookInvalid, parse_webhook
from desk_connectors.reading import Rows, decoded, read_record, read_rows, without_nulls

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)

NOT_UTF_8 = b'{"id": 1, "name": "\x80"}'


class Thing(msgspec.Struct, frozen=True):
    id: int
    name: str = ""


def test_unknown_fields_and_nulls_are_ignored() -> None:
    plain = decoded("vendor", "GET /things", b'{"id": 7, "name": null, "colour": "red"}')
    assert read_record("vendor", Thing, plain) == Thing(7)


def test_nul_is_replaced_wherever_it_is() -> None:
    assert without_nulls({"a": ["x\0y"], "b": {"c": "\0"}}) == {"a": ["x�y"], "b": {"c": "�"}}


@pytest.mark.parametrize("body", [b"", b"{", b"<html>", b"\xff", b"[" * 50_000])
def test_a_body_that_is_no_json_is_invalid(body: bytes) -> None:
    with pytest.raises(VendorAnswerInvalid, match="vendor: GET /things: body: not readable as JSON"):
        decoded("vendor", "GET /things", body)


def test_an_error_names_record_id_and_field_and_no_value() -> None:
    with pytest.raises(VendorAnswerInvalid) as invalid:
        read_record("vendor", Thing, {"id": 7, "name": {"secret": "a.khan"}})
    assert (invalid.value.record, invalid.value.field, invalid.value.number) == ("Thing 7", "name", 7)
    assert "khan" not in str(invalid.value)


def test_rows_are_read_one_by_one_and_each_id_once() -> None:
    rows = [{"id": 1, "name": "first"}, {"id": "x"}, None, {"id": 1, "name": "again"}, {"id": 2}]
    assert read_rows("vendor", Thing, rows) == Rows((Thing(1, "first"), Thing(2)), unreadable=2)


@pytest.mark.parametrize("rows", [None, {}, "x", 5])
def test_rows_that_are_no_list_are_invalid(rows: object) -> None:
    with pytest.raises(VendorAnswerInvalid, match="list of Thing: body: not a list"):
        read_rows("vendor", Thing, rows)


@settings(max_examples=50)
@given(st.lists(JSON, max_size=5))
def test_any_list_is_rows_or_unreadable_rows(rows: list[object]) -> None:
    found = read_rows("vendor", Thing, rows)
    assert len(found.records) + found.unreadable <= len(rows)
    assert len({record.id for record in found.records}) == len(found.records)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "vendor.example",
        "https://",
        "https://vendor.example/",
        "https://u@vendor.example",
        "https://vendor.example?x",
    ],
)
def test_an_address_with_more_than_scheme_and_host_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match=r"address: give scheme and host only, like https://vendor\.example"):
        host_of(address, "https://vendor.example")


@pytest.mark.parametrize(
    ("address", "simulated"),
    [
        ("http://127.0.0.1:8080", True),
        ("http://localhost:8080", True),
        ("http://[::1]:8080", True),
        ("http://127.0.0.1", False),
        ("https://127.0.0.1:8080", False),
        ("http://vendor.example:8080", False),
    ],
)
def test_a_simulator_is_http_on_a_port_of_this_machine(address: str, simulated: bool) -> None:
    assert is_simulator(address) is simulated


@pytest.mark.parametrize(
    "reads",
    [
        lambda body: decoded("vendor", "GET /things", body),
        lambda body: cw_reading.read(Ticket, body),
    ],
)
def test_a_body_that_is_not_utf_8_is_invalid(reads: Callable[[bytes], object]) -> None:
    with pytest.raises(VendorAnswerInvalid, match="not readable as JSON"):
        reads(NOT_UTF_8)


def test_a_refusal_or_a_notice_that_is_not_utf_8_is_not_json() -> None:
    assert not is_json(NOT_UTF_8)
    assert code_of(Answer(status=400, headers=httpx.Headers(), body=NOT_UTF_8)) == "not JSON"
    with pytest.raises(WebhookInvalid, match="not-json"):
        parse_webhook(NOT_UTF_8)
