"""Bodies of callbacks, as sent by the vendor and malformed."""

import json
import os
from pathlib import Path

import pytest

from desk_connectors.connectwise import CallbackInvalid, parse_callback
from desk_connectors.connectwise.callback import key_url_of
from desk_connectors.connectwise.records import CallbackEntry, Contact, Ticket, read
from desk_connectors.http import VendorAnswerInvalid

ENVELOPE: dict[str, object] = {
    "Action": "updated",
    "CallbackObjectRecId": 26701,
    "CompanyId": "examplemsp",
    "Entity": '{"id":5123,"summary":"VPN down"}',
    "FromUrl": "na.myconnectwise.net",
    "ID": 5123,
    "MemberId": "jdoe",
    "MessageId": "3b0a4d5e-0c7b-4a0e-9a55-2f6f0b3f6d11",
    "Metadata": {"key_url": "https://na.myconnectwise.net/v2025_1//system/callbackkey/index.rails?companyName=x&id=1"},
    "Type": "Ticket",
}


def body(**changes: object) -> bytes:
    return json.dumps(ENVELOPE | changes).encode()


def recorded(name: str) -> bytes:
    """A body captured from a sandbox, kept outside the project."""
    beside = (folder / "shared" / "data" for folder in Path(__file__).resolve().parents)
    given = os.environ.get("DESKSTREAM_DATA")
    for data in ([Path(given)] if given else []) + list(beside):
        if (data / "connectwise" / name).is_file():
            return (data / "connectwise" / name).read_bytes()
    pytest.skip(f"recorded callbacks are not here: set DESKSTREAM_DATA to the folder that holds connectwise/{name}")


@pytest.mark.parametrize(
    ("name", "action"),
    [("contact-create.json", "added"), ("contact-update.json", "updated"), ("contact-delete.json", "deleted")],
)
def test_bodies_captured_from_the_vendor_are_callbacks(name: str, action: str) -> None:
    callback = parse_callback(recorded(name))
    assert (callback.action, callback.type, callback.entry_id) == (action, "contact", 26604)
    contact = callback.record(Contact)
    assert (contact is None) == (action == "deleted")
    assert contact is None or contact.id == callback.record_id


def test_the_captured_subscription_is_a_callback_entry() -> None:
    entry = read(CallbackEntry, recorded("callback-subscribe-response.json"))
    assert (entry.type, entry.level, entry.object_id, entry.inactive_flag) == ("ticket", "owner", 1, False)
    assert entry.connect_wise_id == "5a6f7d74-a45f-f111-aa6d-d25dfe3c7792"


def test_a_callback_names_action_record_type_and_who_did_it() -> None:
    callback = parse_callback(body())
    assert (callback.action, callback.record_id, callback.type) == ("updated", 5123, "ticket")
    assert (callback.member_id, callback.company_id) == ("jdoe", "examplemsp")
    assert callback.dedup_key == "3b0a4d5e-0c7b-4a0e-9a55-2f6f0b3f6d11"
    assert callback.key_url.startswith("https://na.myconnectwise.net/")


def test_callbacks_of_an_older_system_without_message_ids_are_distinguished_by_body() -> None:
    old = {name: value for name, value in ENVELOPE.items() if name in ("Action", "ID", "Type", "Entity", "Metadata")}
    one, other = json.dumps(old).encode(), json.dumps(old | {"ID": 5124}).encode()
    assert parse_callback(one).dedup_key == parse_callback(one).dedup_key
    assert parse_callback(one).dedup_key != parse_callback(other).dedup_key
    assert parse_callback(one).dedup_key.startswith("sha256:")


def test_a_deleted_record_comes_without_entity() -> None:
    assert parse_callback(body(Action="deleted", Entity=None)).record(Ticket) is None


def test_an_embedded_record_that_lacks_a_required_field_is_refused_when_it_is_asked_for() -> None:
    with pytest.raises(VendorAnswerInvalid, match="Ticket 5123: board"):
        parse_callback(body()).record(Ticket)


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        (b"", "body"),
        (b"null", "body"),
        (b"[]", "body"),
        (b'"text"', "body"),
        (b"{", "body"),
        (b"\xff\xfe{}", "body"),
        (b"a=1&b=2", "body"),
        (b"[" * 500_000, "body"),
        (b'{"x":' * 100_000, "body"),
        (b" " * (1024 * 1024 + 1), "body"),
        (body(Action="exploded"), "Action"),
        (body(Action=None), "Action"),
        (body(ID="5123"), "ID"),
        (body(ID=1.5), "ID"),
        (body(ID=10**40), "ID"),
        (body(ID=0), "ID"),
        (body(ID=-1), "ID"),
        (body(Type=""), "Type"),
        (body(Type="../x"), "Type"),
        (body(Type="t" * 41), "Type"),
        (body(Type=None), "Type"),
        (body(Entity={"id": 5123}), "Entity"),
        (body(Entity=None), "Entity"),
        (body(Action="added", Entity=None), "Entity"),
        (body(Entity=""), "Entity"),
        (body(Entity="null"), "Entity"),
        (body(Entity="[]"), "Entity"),
        (body(Entity="{"), "Entity"),
        (body(Entity='"{}"'), "Entity"),
        (body(Entity='{"a":' * 33 + "1" + "}" * 33), "Entity"),
        (body(Entity='{"a":' + "[" * 5000 + "]" * 5000 + "}"), "Entity"),
        (body(Metadata="https://na.myconnectwise.net"), "Metadata"),
        (body(Metadata={"key_url": 5}), "Metadata.key_url"),
        (json.dumps({name: value for name, value in ENVELOPE.items() if name != "ID"}).encode(), "ID"),
    ],
)
def test_anything_else_is_refused_with_field_and_remedy(raw: bytes, field: str) -> None:
    with pytest.raises(CallbackInvalid) as invalid:
        parse_callback(raw)
    assert invalid.value.field == field
    assert invalid.value.remedy


def test_nesting_up_to_the_limit_is_read() -> None:
    assert parse_callback(body(Entity='{"a":' * 32 + "1" + "}" * 32)).entity is not None


def test_a_body_of_exactly_the_largest_size_is_read() -> None:
    padded = body().ljust(1024 * 1024)
    assert parse_callback(padded).record_id == 5123


def test_the_key_address_is_read_without_reading_the_entity() -> None:
    assert key_url_of(body(Entity="not json")).endswith("companyName=x&id=1")
    assert key_url_of(body(Metadata=None)) == ""
    with pytest.raises(CallbackInvalid):
        key_url_of(b"{")


def test_addresses_and_records_do_not_show_when_a_callback_is_printed() -> None:
    assert "VPN" not in repr(parse_callback(body()))
    assert "callbackkey" not in repr(parse_callback(body()))
