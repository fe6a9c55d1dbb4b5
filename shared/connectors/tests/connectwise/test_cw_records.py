"""Reading the vendor's records: lenient about fields that we do not need, strict about required ones."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from desk_connectors.connectwise import records
from desk_connectors.connectwise.records import (
    Agreement,
    Contact,
    Member,
    Record,
    Ticket,
    TimeEntry,
    read,
    read_list,
    ticket_revision,
)
from desk_connectors.http import VendorAnswerInvalid

TICKET: dict[str, Any] = {
    "id": 5123,
    "summary": "VPN down at head office",
    "recordType": "ServiceTicket",
    "board": {"id": 1, "name": "Help Desk", "_info": {"board_href": "https://api.example/boards/1"}},
    "status": {"id": 15, "name": "New"},
    "company": {"id": 250, "identifier": "ACME", "name": "Acme Ltd"},
    "contact": {"id": 611, "name": "Pat Doe"},
    "priority": {"id": 7, "name": "Priority 2 - High", "sort": 2},
    "severity": "Medium",
    "impact": "High",
    "closedFlag": False,
    "agreement": {"id": 31, "name": "Managed Services", "type": "Managed"},
    "slaStatus": "Respond by Thu 01/15 3:30 PM UTC-05",
    "actualHours": 1.25,
    "customFields": [{"id": 4, "value": "HQ"}],
    "_info": {"dateEntered": "2026-01-15T14:02:11Z", "lastUpdated": "2026-01-15T14:02:12Z", "updatedBy": "jdoe"},
}


def ticket(**changes: object) -> Ticket:
    return read(Ticket, json.dumps(TICKET | changes).encode())


def test_a_ticket_is_read_and_unknown_fields_are_dropped() -> None:
    read_ticket = ticket(brandNewField={"deep": [1]})
    assert (read_ticket.id, read_ticket.status.id, read_ticket.company.identifier) == (5123, 15, "ACME")
    assert read_ticket.info.last_updated.isoformat() == "2026-01-15T14:02:12+00:00"
    assert read_ticket.actual_hours == Decimal("1.25")
    assert read_ticket.agreement is not None
    assert read_ticket.agreement.type == "Managed"


@pytest.mark.parametrize("blank", [None, {}, {"_info": {"owner_href": "https://api.example/"}}])
def test_a_reference_that_points_nowhere_is_none(blank: object) -> None:
    assert ticket(owner=blank).owner is None


def test_nulls_in_optional_fields_are_their_defaults() -> None:
    read_ticket = ticket(closedFlag=None, slaStatus=None, resources=None, team=None, actualHours=None)
    assert (read_ticket.closed_flag, read_ticket.sla_status, read_ticket.team) == (False, "", None)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"board": None}, "board"),
        ({"status": {"name": "New"}}, "status.id"),
        ({"company": {}}, "company"),
        ({"summary": None}, "summary"),
        ({"_info": {}}, "_info.lastUpdated"),
        ({"_info": {"lastUpdated": "yesterday"}}, "_info.lastUpdated"),
        ({"_info": {"lastUpdated": "2026-01-15T14:02:12"}}, "_info.lastUpdated"),
        ({"_info": {"lastUpdated": "0001-01-01T00:00:00+05:00"}}, "_info.lastUpdated"),
        ({"_info": {"lastUpdated": "0001-01-01T00:00:00Z"}}, "_info.lastUpdated"),
        ({"_info": {"lastUpdated": "1969-12-31T23:59:59Z"}}, "_info.lastUpdated"),
        ({"_info": {"lastUpdated": "9999-12-31T23:59:59Z"}}, "_info.lastUpdated"),
        ({"severity": 3}, "severity"),
        ({"actualHours": "much"}, "actualHours"),
    ],
)
def test_a_ticket_that_lacks_what_is_required_is_refused_by_record_and_field(
    changes: dict[str, object], field: str
) -> None:
    with pytest.raises(VendorAnswerInvalid) as invalid:
        ticket(**changes)
    assert (invalid.value.record, invalid.value.field) == ("Ticket 5123", field)


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"null", b"3", b"\xff", b"[" * 100_000, b'{"id": "x"}'])
def test_what_is_no_record_at_all_is_refused(raw: bytes) -> None:
    with pytest.raises(VendorAnswerInvalid, match="Ticket"):
        read(Ticket, raw)


def test_a_list_that_is_no_list_is_refused() -> None:
    with pytest.raises(VendorAnswerInvalid, match="list of Ticket"):
        read_list(Ticket, b'{"code": "odd"}')


def test_both_owner_and_resources_are_at_work_on_a_ticket() -> None:
    owner = {"id": 9, "identifier": "jdoe", "name": "J Doe"}
    assert ticket(owner=owner, resources="asmith, jdoe").members == ("jdoe", "asmith")
    assert ticket().members == ()


@pytest.mark.parametrize(
    "change",
    [
        {"status": {"id": 16, "name": "In Progress"}},
        {"priority": {"id": 8}},
        {"priority": None},
        {"board": {"id": 2}},
        {"owner": {"id": 9, "identifier": "jdoe"}},
        {"resources": "asmith"},
        {"contact": {"id": 612}},
        {"summary": "VPN is up"},
        {"closedFlag": True},
        {"mergedParentTicket": {"id": 5000, "summary": "parent"}},
        {"severity": "High"},
        {"parentTicketId": 4},
        {"_info": {"lastUpdated": "2026-01-15T14:02:13Z"}},
    ],
)
def test_a_change_of_what_we_watch_is_another_revision(change: dict[str, object]) -> None:
    assert ticket_revision(ticket(**change)) != ticket_revision(ticket())


@pytest.mark.parametrize(
    "change",
    [
        {"status": {"id": 15, "name": "New (renamed)"}},
        {"slaStatus": "Plan"},
        {"customFields": []},
        {"summary": " VPN down at head office "},
        {"owner": {"_info": {}}},
        {"actualHours": 2.5},
    ],
)
def test_a_change_of_what_we_do_not_watch_is_the_same_revision(change: dict[str, object]) -> None:
    assert ticket_revision(ticket(**change)) == ticket_revision(ticket())


def test_a_revision_sorts_by_time_and_its_hash_is_the_instances_secret() -> None:
    plain, keyed = ticket_revision(ticket()), ticket_revision(ticket(), b"secret")
    assert plain.startswith("2026-01-15T14:02:12Z-")
    assert plain < ticket_revision(ticket(_info={"lastUpdated": "2026-01-15T14:02:13Z"}))
    assert plain != keyed
    assert ticket_revision(ticket()) == plain == "2026-01-15T14:02:12Z-665bfcda08cb"


def test_the_first_and_the_last_instant_inside_the_bounds_are_times_too() -> None:
    for moment in ("1970-01-01T00:00:00Z", "2100-01-01T00:00:00Z"):
        assert ticket_revision(ticket(_info={"lastUpdated": moment})).startswith(moment)


def test_a_start_of_work_beyond_the_bounds_is_for_its_reader_to_judge() -> None:
    entry = {"id": 1, "timeStart": "0001-01-01T00:00:00Z", "_info": {"lastUpdated": "2026-01-15T14:10:00Z"}}
    assert read(TimeEntry, json.dumps(entry).encode()).time_start == datetime(1, 1, 1, tzinfo=UTC)


def test_no_other_required_time_is_left_to_its_reader() -> None:
    kinds = [kind for kind in vars(records).values() if isinstance(kind, type) and issubclass(kind, Record)]
    assert {kind.__name__: kind.judged for kind in kinds if kind.judged} == {"TimeEntry": {"time_start"}}


def test_a_time_entry_knows_whether_it_is_a_tickets() -> None:
    entry = {"id": 1, "timeStart": "2026-01-15T14:10:00Z", "_info": {"lastUpdated": "2026-01-15T14:10:00Z"}}
    charged = {**entry, "chargeToId": 5123, "chargeToType": "ServiceTicket", "actualHours": 0.5}
    assert read(TimeEntry, json.dumps(charged).encode()).ticket_id == 5123
    assert read(TimeEntry, json.dumps({**charged, "chargeToType": "ChargeCode"}).encode()).ticket_id is None


def test_a_contacts_default_ways_come_first() -> None:
    items = [
        {"value": "+1 555 0100", "communicationType": "Phone"},
        {"value": "+1 555 0101", "communicationType": "Phone", "defaultFlag": True},
        {"value": "pat@acme.example", "communicationType": "Email"},
        {"communicationType": "Fax"},
        {"type": {"_info": {"type_href": "https://api.example/"}}, "value": None},
        {},
        None,
    ]
    contact = read(Contact, json.dumps({"id": 611, "firstName": "Pat", "communicationItems": items}).encode())
    assert contact.reach("Phone") == ("+1 555 0101", "+1 555 0100")
    assert contact.reach("Email") == ("pat@acme.example",)
    assert contact.reach("Fax") == ()


def test_a_stub_member_without_zone_and_calendar_is_read() -> None:
    stub = read(Member, b'{"id": 7, "identifier": "left", "inactiveFlag": true, "timeZone": null}')
    assert (stub.inactive_flag, stub.time_zone) == (True, None)


def test_amounts_are_decimal() -> None:
    raw = b'{"id": 1, "name": "MSA", "type": {"id": 1}, "company": {"id": 2}, "billAmount": 0.1, "applicationLimit": 3}'
    agreement = read(Agreement, raw)
    assert (agreement.bill_amount, agreement.application_limit) == (Decimal("0.1"), Decimal("3"))


def test_the_vendor_s_sla_figures_are_read_and_what_it_does_not_say_stays_open() -> None:
    stated = ticket(
        sla={"id": 3, "name": "Standard SLA"},
        isInSla=False,
        respondMinutes=35,
        minutesWaiting=10,
        respondedSkippedMinutes=2,
        dateResponded="2026-01-15T14:37:11Z",
    )
    assert stated.sla is not None and stated.date_responded is not None
    assert (stated.sla.name, stated.is_in_sla, stated.respond_minutes) == ("Standard SLA", False, 35)
    assert (stated.minutes_waiting, stated.responded_skipped_minutes) == (10, 2)
    assert (ticket().is_in_sla, ticket().respond_minutes, ticket(isInSla=None).is_in_sla) == (None, None, None)


@pytest.mark.parametrize("empty", ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59Z"])
def test_an_optional_time_out_of_bounds_is_no_time(empty: str) -> None:
    raw = {
        **TICKET,
        "_info": {"lastUpdated": "2026-01-15T14:57:50Z", "dateEntered": empty},
        "closedDate": empty,
        "requiredDate": "2026-01-16T00:00:00Z",
    }
    record = read(Ticket, json.dumps(raw).encode())
    assert (record.closed_date, record.info.date_entered) == (None, None)
    assert record.required_date is not None


@pytest.mark.parametrize(
    ("written", "read_as"), [(r"a\u0000b", "a\ufffdb"), (r"a\\u0000b", "a\\u0000b"), (r"\\\u0000", "\\\ufffd")]
)
def test_a_nul_in_a_record_is_replaced(written: str, read_as: str) -> None:
    raw = json.dumps({**TICKET, "summary": "SUMMARY"}).encode().replace(b"SUMMARY", written.encode())
    assert read(Ticket, raw).summary == read_as
