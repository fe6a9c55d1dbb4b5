"""What is sent when a record changes, to whom and how often."""

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections import Counter
from datetime import timedelta
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from desk_simulators.connectwise import Behaviour, ConnectWiseSimulator, DeliveryRules, Faults, sign

URL = "https://hooks.example.net/psa/t-01?recordId="
VECTOR = (
    b'{"Action":"updated","CallbackObjectRecId":41,"CompanyId":"examplemsp","Entity":null,"FromUrl":'
    b'"na.myconnectwise.net","ID":5123,"MemberId":"jdoe","MessageId":"3b0a4d5e-0c7b-4a0e-9a55-2f6f0b3f6d11",'
    b'"Metadata":{"key_url":"https://na.myconnectwise.net/v2025_1//system/callbackkey/index.rails?'
    b'companyName=examplemsp&id=0d7c2f9a-1111-4222-8333-444455556666"},"Type":"ticket"}'
)


async def listen(api: httpx.AsyncClient, **changes: Any) -> int:
    entry = {"url": URL, "objectId": 1, "type": "ticket", "level": "owner", **changes}
    answer = await api.post("system/callbacks", json=entry)
    assert answer.status_code == 201, answer.text
    return int(answer.json()["id"])


def bodies(receiver: Any) -> list[dict[str, Any]]:
    return [json.loads(request.content) for request in receiver.requests]


def test_the_signature_is_that_of_the_documented_test_vector() -> None:
    assert len(VECTOR) == 369
    assert sign("test-signing-key", VECTOR) == "Da4ZWEXy3kzhpRfGsfsfDt8R3SHkLAa14vX2totswoo="


async def test_a_change_is_told_with_the_whole_record_as_json_in_a_string(
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
        (URL, {"recordId": ["5101"], "action": ["added"], "id": ["5101"]}),
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


async def test_a_delete_is_told_without_a_record(
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
    ("level", "object_id", "told"),
    [("owner", 0, 2), ("board", 2, 1), ("board", 3, 0), ("status", 31, 1), ("ticket", 5101, 1), ("project", 1, 0)],
)
async def test_a_registration_hears_only_what_its_level_covers(
    psa: ConnectWiseSimulator, api: httpx.AsyncClient, level: str, object_id: int, told: int
) -> None:
    await listen(api, level=level, objectId=object_id)
    technician = psa.technician("jdoe")
    technician.open_ticket("on the desk", "ACME")
    technician.open_ticket("in the network", "ACME", board="Network")
    assert psa.pending == told


async def test_overlapping_registrations_are_each_told_with_their_own_id(
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


@pytest.mark.parametrize("status", [404, 409, 419, 429])
async def test_four_answers_are_retried_twice_with_the_same_message(
    psa: ConnectWiseSimulator, api: httpx.AsyncClient, receiver: Any, status: int
) -> None:
    receiver.statuses = [status]
    await listen(api)
    psa.technician("jdoe").open_ticket("x", "ACME")
    assert await psa.deliver_pending() == 3
    assert len({request.content for request in receiver.requests}) == 1
    assert [(attempt.attempt, attempt.outcome) for attempt in psa.ledger.attempts] == [
        (1, "retried"),
        (2, "retried"),
        (3, "failed"),
    ]


@pytest.mark.parametrize("status", [301, 400, 401, 410, 500, 502, 503, 504])
async def test_any_other_answer_is_never_retried(
    psa: ConnectWiseSimulator, api: httpx.AsyncClient, receiver: Any, status: int
) -> None:
    receiver.statuses = [status]
    await listen(api)
    psa.technician("jdoe").open_ticket("x", "ACME")
    assert await psa.deliver_pending() == 1
    assert psa.ledger.outcomes == {"failed": 1}


@pytest.mark.parametrize("status", [200, 201, 202, 204])
async def test_any_2xx_is_success_also_on_a_retry(
    psa: ConnectWiseSimulator, api: httpx.AsyncClient, receiver: Any, status: int
) -> None:
    receiver.statuses = [429, status]
    await listen(api)
    psa.technician("jdoe").open_ticket("x", "ACME")
    assert await psa.deliver_pending() == 2
    assert psa.ledger.outcomes == {"retried": 1, "delivered": 1}


async def test_retries_come_two_and_then_four_seconds_later(clock: Any, eventually: Any) -> None:
    sent: list[float] = []

    def busy(request: httpx.Request) -> httpx.Response:
        sent.append(time.monotonic())
        return httpx.Response(429)

    rules = DeliveryRules(scale=0.05)
    psa = ConnectWiseSimulator(clock=clock, callback_transport=httpx.MockTransport(busy), rules=rules)
    await psa.start()
    async with psa.client() as api:
        await listen(api)
        psa.technician("jdoe").open_ticket("x", "ACME")
        await eventually(lambda: len(sent) == 3)
    await psa.stop()
    first, second = (later - earlier for earlier, later in pairwise(sent))
    assert first >= 2 * rules.scale
    assert second >= 4 * rules.scale


async def test_a_receiver_that_is_away_or_too_slow_loses_the_callback(clock: Any) -> None:
    async def slow(request: httpx.Request) -> httpx.Response:
        if request.url.host == "away.example":
            raise httpx.ConnectError("refused", request=request)
        await asyncio.sleep(30)
        return httpx.Response(202)

    rules = DeliveryRules(timeout_seconds=0.05)
    psa = ConnectWiseSimulator(clock=clock, mode="manual", callback_transport=httpx.MockTransport(slow), rules=rules)
    async with psa.client() as api:
        await listen(api)
        await listen(api, url="https://away.example/?id=")
        psa.technician("jdoe").open_ticket("x", "ACME")
        assert await psa.deliver_pending() == 2
    await psa.stop()
    assert [(attempt.outcome, attempt.reason) for attempt in psa.ledger.attempts] == [
        ("failed", "timeout"),
        ("failed", "ConnectError"),
    ]


async def test_three_days_in_a_row_of_failures_switch_the_callback_off_until_it_is_rearmed(
    psa: ConnectWiseSimulator, api: httpx.AsyncClient, receiver: Any, clock: Any
) -> None:
    number, technician = await listen(api), psa.technician("jdoe")

    async def fail_for(**duration: float) -> bool:
        clock.advance(**duration)
        receiver.statuses = [500]
        technician.open_ticket("x", "ACME")
        await psa.deliver_pending()
        return bool((await api.get(f"system/callbacks/{number}")).json()["inactiveFlag"])

    assert await fail_for() is False
    assert await fail_for(days=2.9) is False
    receiver.statuses = [202]
    technician.open_ticket("a success between", "ACME")
    await psa.deliver_pending()
    assert await fail_for(days=2.9) is False
    assert await fail_for(days=3) is True
    technician.open_ticket("nobody is told", "ACME")
    assert psa.pending == 0
    await api.patch(f"system/callbacks/{number}", json=[{"op": "replace", "path": "inactiveFlag", "value": False}])
    technician.open_ticket("told again", "ACME")
    assert psa.pending == 1


async def test_the_time_until_the_switch_off_can_be_scaled(clock: Any) -> None:
    rules = DeliveryRules(switch_off_after=timedelta(0))
    down = httpx.MockTransport(lambda request: httpx.Response(500))
    psa = ConnectWiseSimulator(clock=clock, mode="manual", callback_transport=down, rules=rules)
    async with psa.client() as api:
        number = await listen(api)
        for _ in range(2):
            psa.technician("jdoe").open_ticket("x", "ACME")
        await psa.deliver_pending()
    await psa.stop()
    assert psa.state.record("callback", number)["inactiveFlag"] is True
    assert [attempt.outcome for attempt in psa.ledger.attempts] == ["failed", "dropped"]


async def test_a_receiver_that_answers_slowly_gets_several_callbacks_at_once(clock: Any, eventually: Any) -> None:
    under_way: list[int] = []
    at_once: list[int] = []

    async def receive(request: httpx.Request) -> httpx.Response:
        under_way.append(1)
        at_once.append(len(under_way))
        await asyncio.sleep(0.01)
        under_way.pop()
        return httpx.Response(202)

    psa = ConnectWiseSimulator(
        clock=clock, callback_transport=httpx.MockTransport(receive), rules=DeliveryRules(concurrency=4)
    )
    await psa.start()
    async with psa.client() as api:
        await listen(api)
        for number in range(40):
            psa.technician("jdoe").open_ticket(f"{number}", "ACME")
        await eventually(lambda: psa.ledger.outcomes["delivered"] == 40)
    await psa.stop()
    assert max(at_once) == 4


async def test_ten_thousand_callbacks_with_loss_doubling_and_shuffling_are_sent_and_accounted_for(clock: Any) -> None:
    received: Counter[str] = Counter()
    order: list[int] = []

    def receive(request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        received[body["MessageId"]] += 1
        order.append(body["ID"])
        return httpx.Response(202)

    faults = Faults(seed=7, callbacks_lost=0.3, callbacks_doubled=0.2, callbacks_shuffle_seconds=5)
    psa = ConnectWiseSimulator(
        clock=clock,
        mode="manual",
        faults=faults,
        behaviour=Behaviour(),
        callback_transport=httpx.MockTransport(receive),
    )
    async with psa.client() as api:
        await listen(api)
        technician = psa.technician("jdoe")
        tickets = [technician.open_ticket(f"{number}", "ACME")["id"] for number in range(2_000)]
        for status in ("In Progress", "Waiting on Client", "In Progress", "Completed"):
            for ticket in tickets:
                technician.set_status(ticket, status)
        assert len(psa.state.table("changelog")) == 10_000
        await psa.deliver_pending()
    await psa.stop()
    lost = psa.ledger.outcomes["lost"]
    doubled = sum(times == 2 for times in received.values())
    assert lost + len(received) == 10_000
    assert psa.ledger.outcomes["delivered"] == len(received) + doubled
    assert 2_700 < lost < 3_300
    assert 0.17 < doubled / len(received) < 0.23
    assert order != sorted(order)
