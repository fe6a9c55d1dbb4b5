"""Writes to ConnectWise are made once each, also after a lost answer."""

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from desk_connectors.connectwise import NewNote, NewTimeEntry, Ref
from desk_connectors.connectwise.marker import marked
from desk_connectors.connectwise.testing import NEW, Psa, rows, ticket
from desk_connectors.http import OutcomeUnknown

KEY = "0198c5b2-7d7e-7000-8000-0123456789ab"
NOTE = NewNote(text="Tunnel is up.", internal_analysis_flag=True)


ENTRY = NewTimeEntry(
    charge_to_id=5,
    charge_to_type="ServiceTicket",
    member=Ref(identifier="jdoe"),
    time_start=datetime(2026, 1, 15, 14, 10, tzinfo=UTC),
    time_end=datetime(2026, 1, 15, 14, 40, tzinfo=UTC),
    billable_option="Billable",
    notes="Tunnel restored",
)


LOGGED = {"id": 8, "timeStart": "2026-01-15T14:10:00Z", "_info": {"lastUpdated": "2026-01-15T14:41:00Z"}}


async def test_a_create_that_timed_out_is_found_by_our_reference_and_not_made_twice() -> None:
    made: list[dict[str, Any]] = []

    def create(request: httpx.Request) -> httpx.Response:
        made.append(ticket(77, externalXRef=json.loads(request.content)["externalXRef"]))
        raise httpx.ReadTimeout("the vendor acted, the answer was lost")

    psa = Psa({"POST /service/tickets": create, "GET /service/tickets": lambda _: httpx.Response(200, json=made)})
    connectwise = psa.client()
    with pytest.raises(OutcomeUnknown):
        await connectwise.create_ticket(NEW)
    again = await connectwise.create_ticket(NEW, previous_unknown=True)
    assert (again.ticket.id, again.found, again.doubles) == (77, True, ())
    assert len(made) == 1


async def test_a_create_that_never_happened_is_made_by_the_repeat() -> None:
    psa = Psa({"POST /service/tickets": httpx.Response(201, json=ticket(78)), "GET /service/tickets": rows()})
    again = await psa.client().create_ticket(NEW, previous_unknown=True)
    assert (again.ticket.id, again.found) == (78, False)


async def test_of_two_tickets_with_our_reference_the_lowest_is_the_ticket_and_the_other_is_named() -> None:
    found = [ticket(90, externalXRef="bb-9c1e7d"), ticket(80, externalXRef="bb-9c1e7d"), ticket(70, externalXRef="BB")]
    psa = Psa({"GET /service/tickets": rows(*found)})
    again = await psa.client(page_size=10).create_ticket(NEW, previous_unknown=True)
    assert (again.ticket.id, again.doubles) == (80, (90,))


async def test_a_create_whose_answer_cannot_be_read_is_an_unknown_outcome() -> None:
    psa = Psa({"POST /service/tickets": httpx.Response(201, content=b"<html>")})
    with pytest.raises(OutcomeUnknown, match="accepted"):
        await psa.client().create_ticket(NEW)


async def test_a_note_is_written_once_with_its_marker() -> None:
    psa = Psa({"POST /service/tickets/5/notes": lambda r: httpx.Response(201, json={"id": 1, **json.loads(r.content)})})
    written = await psa.client().add_note(5, NOTE, KEY)
    assert not written.found
    assert written.record.text == marked("Tunnel is up.", KEY)
    assert [request.method for request in psa.asked] == ["POST"]


async def test_a_note_of_unknown_outcome_is_looked_for_before_it_is_written_again() -> None:
    there = [{"id": 1, "text": "other"}, {"id": 2, "text": marked("Tunnel is up.", KEY).replace("\n", "\r\n")}]
    psa = Psa({"GET /service/tickets/5/notes": httpx.Response(200, json=there)})
    written = await psa.client().add_note(5, NOTE, KEY, previous_unknown=True)
    assert (written.found, written.record.id) == (True, 2)
    missing = Psa(
        {
            "GET /service/tickets/5/notes": httpx.Response(200, json=there[:1]),
            "POST /service/tickets/5/notes": httpx.Response(201, json={"id": 3}),
        }
    )
    assert (await missing.client().add_note(5, NOTE, KEY, previous_unknown=True)).record.id == 3


@pytest.mark.parametrize("whose", [{"contact": {"id": 611, "name": "Pat Doe"}}, {"customerUpdatedFlag": True}])
async def test_a_reply_that_quotes_our_note_is_not_taken_for_it(whose: dict[str, object]) -> None:
    quoted = {"id": 2, "text": marked("Yes.", KEY), **whose}
    psa = Psa(
        {
            "GET /service/tickets/5/notes": httpx.Response(200, json=[quoted]),
            "POST /service/tickets/5/notes": httpx.Response(201, json={"id": 3}),
        }
    )
    assert (await psa.client().add_note(5, NOTE, KEY, previous_unknown=True)).record.id == 3


async def test_time_carries_its_marker_where_no_client_sees_it_and_is_looked_for_before_a_repeat() -> None:
    psa = Psa({"POST /time/entries": httpx.Response(201, json=LOGGED)})
    assert not (await psa.client().add_time(ENTRY, KEY)).found
    (sent,) = psa.bodies("POST")
    assert (sent["notes"], sent["internalNotes"]) == ("Tunnel restored", f"[desk-ref {KEY}]")
    there = Psa({"GET /time/entries": rows({**LOGGED, "internalNotes": sent["internalNotes"]})})
    assert (await there.client().add_time(ENTRY, KEY, previous_unknown=True)).found
    (condition,) = parse_qs(there.asked[0].url.query.decode())["conditions"]
    assert condition == '(chargeToId=5) and (chargeToType in ("ServiceTicket","ProjectTicket"))'


async def test_a_configuration_is_attached_once() -> None:
    path = "/service/tickets/5/configurations"
    psa = Psa({f"GET {path}": rows({"id": 3}), f"POST {path}": httpx.Response(201, json={"id": 4})})
    connectwise = psa.client()
    await connectwise.attach_configuration(5, 3)
    await connectwise.attach_configuration(5, 4)
    assert psa.bodies("POST") == [{"id": 4}]


async def test_merging_and_bundling_name_the_tickets() -> None:
    psa = Psa({"POST /service/tickets/5/merge": {}, "POST /service/tickets/5/attachChildren": {}})
    connectwise = psa.client()
    await connectwise.merge_tickets(5, [6, 7], status_id=20)
    await connectwise.attach_children(5, [8])
    assert psa.bodies("POST") == [{"mergeTicketIds": [6, 7], "status": {"id": 20}}, {"childTicketIds": [8]}]
