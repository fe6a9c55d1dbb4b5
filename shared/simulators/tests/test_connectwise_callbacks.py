"""Callbacks: payload, registrations they go to, number of messages."""

import base64
import hashlib
import hmac
import json
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from desk_simulators.connectwise import ConnectWiseSimulator, sign
from desk_simulators.connectwise.testing import RECEIVER, listen

VECTOR = (
    b'{"Action":"updated","CallbackObjectRecId":41,"CompanyId":"examplemsp","Entity":null,"FromUrl":'
    b'"na.myconnectwise.net","ID":5123,"MemberId":"jdoe","MessageId":"3b0a4d5e-0c7b-4a0e-9a55-2f6f0b3f6d11",'
    b'"Metadata":{"key_url":"https://na.myconnectwise.net/v2025_1//system/callbackkey/index.rails?'
    b'companyName=examplemsp&id=0d7c2f9a-1111-4222-8333-444455556666"},"Type":"ticket"}'
)


def bodies(receiver: Any) -> list[dict[str, Any]]:
    return [json.loads(request.content) for request in receiver.requests]


def test_the_signature_is_that_of_the_documented_test_vector() -> None:
    assert len(VECTOR) == 369
    assert sign("test-signing-key", VECTOR) == "Da4ZWEXy3kzhpRfGsfsfDt8R3SHkLAa14vX2totswoo="


async def test_the_type_of_a_callback_has_the_case_of_its_registration(
    psa: ConnectWiseSimulator, api: httpx.AsyncClient, receiver: Any
) -> None:
    await listen(api, type="Ticket", level="Board", objectId=1)
    psa.technician("jdoe").open_ticket("VPN down", "ACME", contact=611)
    assert await psa.deliver_pending() == 1
    assert [body["Type"] for body in bodies(receiver)] == ["Ticket"]


async def test_a_change_is_sent_with_the_whole_record_as_json_in_a_string(
    psa: ConnectWiseSimulator, api: httpx.AsyncClient, receiver: Any
) -> None:
    number = await listen(api)
    ticket = psa.technician("jdoe").open_ticket("VPN down", "ACME", contact=611)
    assert receiver.requests == []
    assert await psa.deliver_pending() == 1
    (body,) = bodies(receiver)
    entity = json.loads(body.pop("Entity"))
    assert (entity["id"], entity["status"]["name"], entity["_info"]) == (ticket["id"], "New", ticket["_info"])
    assert "customFields" not in entity
    message_id = body.pop("MessageId")
    assert len(message_id) == 36
    assert body == {
        "Action": "added",
        "CallbackObjectRecId": number,
        "CompanyId": "examplemsp",
        "FromUrl": "na.myconnectwise.net",
        "ID": ticket["id"],
        "MemberId": "jdoe",
        "Metadata": {
            "key_url": "https://na.myconnectwise.net/v2025_1//system/callbackkey/index.rails"
            f"?companyName=examplemsp&id={psa.state.instance.key_id}"
        },
        "PartnerId": psa.state.instance.partner_id,
        "ProductInstanceId": psa.state.instance.product_instance_id,
        "Type": "ticket",
    }


async def test_the_body_is_truly_signed_with_the_key_of_its_key_url(
    psa: ConnectWiseSimulator, api: httpx.AsyncClient, receiver: Any
) -> None:
    await listen(api)
    psa.technician("jdoe").open_ticket("Größe 5 €", "ACME")
    await psa.deliver_pending()
    (request,) = receiver.requests
    key_url = json.loads(request.content)["Metadata"]["key_url"]
    async with httpx.AsyncClient(transport=psa.transport()) as client:
        signing_key = json.loads((await client.get(key_url)).text)["signing_key"]
    key = hashlib.sha256(signing_key.encode()).digest()
    wanted = base64.b64encode(hmac.new(key, request.content, hashlib.sha256).digest()).decode()
    assert request.headers["x-content-signature"] == wanted


@pytest.mark.parametrize(
    ("url", "recordings"),
    [
        (RECEIVER, {"recordId": ["5101"], "action": ["added"], "id": ["5101"]}),
        ("https://h.example/x", {"action": ["added"], "id": ["5101"]}),
        ("https://h.example/x?a=1&b", {"a": ["1"], "action": ["added"], "id": ["5101"]}),
    ],
)
async def test_record_id_and_action_are_appended_to_the_url(
    psa: ConnectWiseSimulator, api: httpx.AsyncClient, receiver: Any, url: str, recordings: dict[str, list[str]]
) -> None:
    await listen(api, url=url)
    psa.technician("jdoe").open_ticket("x", "ACME")
    await psa.deliver_pending()
    assert parse_qs(receiver.requests[0].url.query.decode()) == recordings


async def test_contact_callbacks_have_the_shape_of_the_captured_ones(
    psa: ConnectWiseSimulator, api: httpx.AsyncClient, receiver: Any, captured: dict[str, Any]
) -> None:
    await listen(api, type="contact")
    contact = (await api.post("company/contacts", json={"firstName": "Lillie Keebler"})).json()["id"]
    await api.patch(f"company/contacts/{contact}", json=[{"op": "replace", "path": "firstName", "value": "Xzavier"}])
    await api.delete(f"company/contacts/{contact}")
    await psa.deliver_pending()
    names = ("contact-create", "contact-update", "contact-delete")
    for sent, recorded in zip(bodies(receiver), (captured[name] for name in names), strict=True):
        assert list(sent) == list(recorded)
        assert list(sent["Metadata"]) == list(recorded["Metadata"])
        assert (sent["Action"], sent["Type"], type(sent["Entity"])) == (
            recorded["Action"],
            recorded["Type"],
            type(recorded["Entity"]),
        )
        if recorded["Entity"] is not None:
            entity, theirs = json.loads(sent["Entity"]), json.loads(recorded["Entity"])
            assert entity.keys() - theirs.keys() == set()
            assert {"id", "firstName", "inactiveFlag", "defaultFlag", "_info"} <= entity.keys()
            assert {"lastUpdated", "updatedBy"} <= entity["_info"].keys()


async def test_a_delete_is_sent_without_a_record(
    psa: ConnectWiseSimulator, api: httpx.AsyncClient, receiver: Any
) -> None:
    await listen(api)
    technician = psa.technician("jdoe")
    technician.delete(technician.open_ticket("x", "ACME")["id"])
    await psa.deliver_pending()
    assert [(body["Action"], body["Entity"] is None) for body in bodies(receiver)] == [
        ("added", False),
        ("deleted", True),
    ]


@pytest.mark.parametrize(
    ("level", "object_id", "messages"),
    [("owner", 0, 2), ("board", 2, 1), ("board", 3, 0), ("status", 31, 1), ("ticket", 5101, 1), ("project", 1, 0)],
)
async def test_a_registration_hears_only_what_its_level_covers(
    psa: ConnectWiseSimulator, api: httpx.AsyncClient, level: str, object_id: int, messages: int
) -> None:
    await listen(api, level=level, objectId=object_id)
    technician = psa.technician("jdoe")
    technician.open_ticket("on the desk", "ACME")
    technician.open_ticket("in the network", "ACME", board="Network")
    assert psa.pending == messages


async def test_overlapping_registrations_are_each_sent_with_their_own_id(
    psa: ConnectWiseSimulator, api: httpx.AsyncClient, receiver: Any
) -> None:
    numbers = {await listen(api), await listen(api, level="board")}
    psa.technician("jdoe").open_ticket("x", "ACME")
    await psa.deliver_pending()
    assert {body["CallbackObjectRecId"] for body in bodies(receiver)} == numbers


async def test_changes_by_the_creator_are_suppressed_only_where_asked_for(
    psa: ConnectWiseSimulator, api: httpx.AsyncClient
) -> None:
    await listen(api, isSelfSuppressedFlag=True)
    ticket = {"summary": "x", "company": {"id": 250}}
    await api.post("service/tickets", json=ticket)
    assert psa.pending == 0
    psa.technician("jdoe").open_ticket("x", "ACME")
    assert psa.pending == 1
    await listen(api, url="https://another.example/?id=")
    await api.post("service/tickets", json=ticket)
    assert psa.pending == 2


async def test_no_callback_is_sent_for_a_write_that_asks_for_none_or_changes_nothing(
    psa: ConnectWiseSimulator, api: httpx.AsyncClient
) -> None:
    await listen(api)
    ticket = {"summary": "x", "company": {"id": 250}, "skipCallback": True}
    number = (await api.post("service/tickets", json=ticket)).json()["id"]
    nothing = [{"op": "replace", "path": "company/identifier", "value": "OLDMILL"}]
    await api.patch(f"service/tickets/{number}", json=nothing)
    wanted = {"impact": "High", "skipCallback": True}
    quietly = [{"op": "replace", "path": name, "value": value} for name, value in wanted.items()]
    assert (await api.patch(f"service/tickets/{number}", json=quietly)).json()["impact"] == "High"
    assert psa.pending == 0


async def test_time_and_its_ticket_have_callbacks_of_their_own(
    psa: ConnectWiseSimulator, api: httpx.AsyncClient, receiver: Any
) -> None:
    ticket = psa.technician("jdoe").open_ticket("x", "ACME")["id"]
    await listen(api)
    await listen(api, type="time")
    psa.technician("jdoe").add_time(ticket, "2026-01-15T13:00:00.250Z", "2026-01-15T13:20:00Z")
    await psa.deliver_pending()
    assert [(body["Type"], body["Action"]) for body in bodies(receiver)] == [("time", "added"), ("ticket", "updated")]
