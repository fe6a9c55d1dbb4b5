"""What we send: conditions that cannot be broken out of, patches, drafts, markers, settings."""

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk_connectors.connectwise import ConnectWiseSettings, Field, NewNote, NewTicket, NewTimeEntry, Patch, Ref
from desk_connectors.connectwise.conditions import literal
from desk_connectors.connectwise.drafts import encode
from desk_connectors.connectwise.marker import carries, marked, marker_line, unmarked

NOON = datetime(2026, 1, 15, 12, 0, 0, 999_999, tzinfo=UTC)


def test_conditions_are_written_as_the_vendor_reads_them() -> None:
    wanted = Field("company/id").equals(250) & Field("closedFlag").equals(False) & Field("lastUpdated").above(NOON)
    assert str(wanted) == "((company/id=250) and (closedFlag=False)) and (lastUpdated>[2026-01-15T12:00:00Z])"
    assert str(Field("board/id").one_of([1, 2]) | ~Field("summary").contains("test")) == (
        '(board/id in (1,2)) or (not (summary contains "test"))'
    )
    assert str(Field("actualHours").at_least(Decimal("0.50"))) == "actualHours>=0.50"


def test_times_are_sent_in_utc_and_need_a_zone() -> None:
    east = datetime(2026, 1, 15, 14, tzinfo=timezone(timedelta(hours=2)))
    assert literal(east) == "[2026-01-15T12:00:00Z]"
    with pytest.raises(ValueError, match="zone"):
        literal(datetime(2026, 1, 15, 14))


def test_times_are_not_compared_with_at_least() -> None:
    with pytest.raises(ValueError, match="above"):
        Field("lastUpdated").at_least(NOON)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ('x" or id>0 or summary="', '"x\\" or id>0 or summary=\\""'),
        ("back\\slash", '"back\\\\slash"'),
        ('\\" or 1=1', '"\\\\\\" or 1=1"'),
        ("O'Brien & Söhne %", '"O\'Brien & Söhne %"'),
        ("", '""'),
    ],
)
def test_a_value_cannot_leave_its_quotes(value: str, written: str) -> None:
    assert literal(value) == written


@given(st.text(st.characters(min_codepoint=32, blacklist_characters="\x7f", blacklist_categories=["Cs"])))
def test_whatever_the_value_the_written_string_reads_back_as_that_value(value: str) -> None:
    assert json.loads(literal(value)) == value


@pytest.mark.parametrize("value", ["a\nb", "a\rb", "a\tb", "\x00", "\x7f"])
def test_control_characters_in_a_value_are_refused(value: str) -> None:
    with pytest.raises(ValueError, match="control"):
        Field("summary").equals(value)


@pytest.mark.parametrize("path", ["", "a b", "a=1 or b", "a//b", "/a", "a/", 'a"', "_info", "1a", "a\n"])
def test_a_field_path_is_letters_and_slashes(path: str) -> None:
    with pytest.raises(ValueError, match="path"):
        Field(path)


def test_an_empty_one_of_and_a_number_that_is_none_are_refused() -> None:
    with pytest.raises(ValueError, match="one_of"):
        Field("id").one_of([])
    with pytest.raises(ValueError, match="finite"):
        literal(Decimal("NaN"))


def test_a_patch_replaces_references_whole() -> None:
    patch = (
        Patch().reference("status", 17).replace("externalXRef", "bb-1").replace("requiredDate", NOON).remove("owner")
    )
    assert json.loads(patch.encode()) == [
        {"op": "replace", "path": "status", "value": {"id": 17}},
        {"op": "replace", "path": "externalXRef", "value": "bb-1"},
        {"op": "replace", "path": "requiredDate", "value": "2026-01-15T12:00:00Z"},
        {"op": "remove", "path": "owner"},
    ]


@pytest.mark.parametrize("path", ["company/identifier", "/status", "status/id", "", "a b"])
def test_a_nested_path_is_refused_because_the_vendor_would_take_it_and_do_nothing(path: str) -> None:
    with pytest.raises(ValueError, match="nested"):
        Patch().replace(path, "x")
    with pytest.raises(ValueError, match="nested"):
        Patch().reference(path, 1)
    with pytest.raises(ValueError, match="nested"):
        Patch().remove(path)


def test_communication_items_are_the_one_nested_path() -> None:
    patch = Patch().communication_item(1, "pat@acme.example").custom_fields([{"id": 4, "value": "HQ"}])
    paths = [operation["path"] for operation in json.loads(patch.encode())]
    assert paths == ["communicationItems/1/value", "customFields"]


def test_a_patch_that_says_nothing_or_one_thing_twice_is_refused() -> None:
    assert not Patch()
    with pytest.raises(ValueError, match="empty"):
        Patch().encode()
    with pytest.raises(ValueError, match="already"):
        Patch().reference("status", 1).remove("status")


def test_a_new_ticket_says_what_it_knows_and_no_more() -> None:
    new = NewTicket(summary="VPN down", board=Ref(id=1), company=Ref(id=250), external_x_ref="bb-1", impact="High")
    assert json.loads(encode(new)) == {
        "recordType": "ServiceTicket",
        "summary": "VPN down",
        "board": {"id": 1},
        "company": {"id": 250},
        "externalXRef": "bb-1",
        "impact": "High",
    }


@pytest.mark.parametrize("changes", [{"summary": ""}, {"summary": "x" * 101}, {"external_x_ref": ""}])
def test_a_new_ticket_the_vendor_would_refuse_is_refused_here(changes: dict[str, Any]) -> None:
    given_fields: dict[str, Any] = {"summary": "x", "board": Ref(id=1), "company": Ref(id=2), "external_x_ref": "y"}
    with pytest.raises(ValueError, match=next(iter(changes))):
        NewTicket(**(given_fields | changes))


def test_a_note_without_a_place_is_refused() -> None:
    with pytest.raises(ValueError, match="flag"):
        NewNote(text="x")


def test_time_is_sent_without_fractions_of_a_second_and_must_not_be_empty() -> None:
    later = NOON + timedelta(minutes=30)
    charge: dict[str, Any] = {"charge_to_id": 5, "charge_to_type": "ServiceTicket", "member": Ref(identifier="jdoe")}
    entry = NewTimeEntry(**charge, time_start=NOON, time_end=later, billable_option="Billable")
    sent = json.loads(encode(entry))
    assert (sent["timeStart"], sent["timeEnd"]) == ("2026-01-15T12:00:00Z", "2026-01-15T12:30:00Z")
    assert sent["member"] == {"identifier": "jdoe"}
    with pytest.raises(ValueError, match="time_end"):
        NewTimeEntry(**charge, time_start=later, time_end=later, billable_option="Billable")


KEY = "0198c5b2-7d7e-7000-8000-0123456789ab"


def test_a_marker_is_found_whatever_the_vendor_did_to_lines_and_blanks() -> None:
    text = marked("Tunnel is up.\n", KEY)
    assert text == f"Tunnel is up.\n\n{marker_line(KEY)}"
    assert carries(text.replace("\n", "\r\n") + "  \r\n-- \r\nsent by PSA", KEY)
    assert unmarked(text) == "Tunnel is up."


def test_the_marker_of_another_effect_and_a_marker_inside_a_sentence_are_not_ours() -> None:
    other = KEY.replace("ab", "ac")
    assert not carries(marked("text", other), KEY)
    assert not carries(f"He wrote {marker_line(KEY)} here", KEY)


@pytest.mark.parametrize("key", ["", "short", "x" * 65, "has space in it 123456", "line\nbreak-0123456789"])
def test_a_marker_key_that_could_be_guessed_or_breaks_the_line_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="marker key"):
        marker_line(key)


WORKING: dict[str, Any] = {
    "instance": "main",
    "site": "https://na.myconnectwise.net",
    "api": "https://api-na.myconnectwise.net",
    "company_id": "examplemsp",
    "public_key": "PUBLIC",
    "private_key": "PRIVATE",
    "client_id": "11111111-2222-3333-4444-555555555555",
}


@pytest.mark.parametrize(
    "changes",
    [
        {"site": "http://na.myconnectwise.net"},
        {"site": "https://na.myconnectwise.net/"},
        {"site": "https://user@na.myconnectwise.net"},
        {"site": "https://NA.myconnectwise.net"},
        {"site": "https://psa.example"},
        {"site": "https://na.myconnectwise.net.evil.example"},
        {"api": "na.myconnectwise.net"},
        {"api": ""},
        {"kind": "simulator"},
        {"kind": "simulator", "site": "http://127.0.0.1", "api": "http://127.0.0.1"},
        {"kind": "simulator", "site": "http://10.0.0.1:80", "api": "http://10.0.0.1:80"},
        {"kind": "on-premises", "site": "http://psa.example", "api": "http://psa.example"},
        {"company_id": ""},
        {"private_key": "with\nbreak"},
        {"client_id": "ünicode"},
        {"page_size": 0},
        {"page_size": 1001},
        {"signing_hosts": frozenset({"keys.example"})},
    ],
)
def test_settings_that_cannot_work_or_are_not_safe_are_refused_by_name(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"site|api|company_id|private_key|client_id|page_size|signing_hosts"):
        ConnectWiseSettings(**(WORKING | changes))


def test_settings_of_each_kind_are_taken_and_show_no_secret() -> None:
    assert "PRIVATE" not in repr(ConnectWiseSettings(**WORKING))
    own = {"kind": "on-premises", "site": "https://psa.example", "api": "https://psa.example:8443"}
    assert ConnectWiseSettings(**(WORKING | own)).kind == "on-premises"
    local = {"kind": "simulator", "site": "http://127.0.0.1:8123", "api": "http://127.0.0.1:8123"}
    assert ConnectWiseSettings(**(WORKING | local)).kind == "simulator"
