"""Request bodies for ConnectWise, their markers, and invalid settings."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from desk_connectors.connectwise import ConnectWiseSettings, NewNote, NewTicket, NewTimeEntry, Ref
from desk_connectors.connectwise.drafts import encode
from desk_connectors.connectwise.marker import carries, has_marker, marked, marker_line, unmarked

NOON = datetime(2026, 1, 15, 12, 0, 0, 999_999, tzinfo=UTC)


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


@pytest.mark.parametrize(
    "text",
    [
        f"Done.\u2028[desk-ref {KEY}]\u00a0",
        f"<p>Done.</p><p>[desk-ref {KEY}]</p>",
        f"<div>Done.</div><div>[desk-ref&nbsp;{KEY}]<br></div>",
        f"Done.<br/>\u200b[desk-ref {KEY}]",
        f"{'long ' * 10_000}\r\n[desk-ref {KEY}]  ",
    ],
)
def test_a_marker_is_found_whatever_was_done_to_its_line(text: str) -> None:
    assert carries(text, KEY)
    assert has_marker(text)


@pytest.mark.parametrize(
    "text", ["", "Yes", f"Yes\n> [desk-ref {KEY}]", f"I read [desk-ref {KEY}] in it", "[desk-ref x]"]
)
def test_a_quoted_marker_and_one_in_a_sentence_are_none(text: str) -> None:
    assert not has_marker(text)


def test_a_text_without_a_marker_is_left_as_it_is() -> None:
    assert unmarked("Yes,\r\ngo ahead \n") == "Yes,\r\ngo ahead \n"
    assert unmarked(f"Yes\n> Please confirm\n> [desk-ref {KEY}]") == "Yes\n> Please confirm"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (f"<p>Yes</p><blockquote>[desk-ref {KEY}]</blockquote>", "<p>Yes</p><blockquote></blockquote>"),
        (f"Please confirm<br>&gt; [desk-ref {KEY}]<br>Yes", "Please confirm<br>&gt; <br>Yes"),
        (f"<p>Yes</p>\r\n<div>[desk-ref {KEY}]</div>\r\n", "<p>Yes</p>"),
        (f"I read [desk-ref {KEY}] in it", f"I read [desk-ref {KEY}] in it"),
    ],
)
def test_words_in_the_line_of_a_marker_are_kept(text: str, left: str) -> None:
    assert unmarked(text) == left


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
