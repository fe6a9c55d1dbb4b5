"""Registering callbacks."""

from typing import Any

import httpx
import pytest

ENTRY = {
    "description": "Backbone ticket feed",
    "url": "https://hooks.example.net/psa/cw/t-01?recordId=",
    "objectId": 1,
    "type": "ticket",
    "level": "owner",
    "payloadVersion": "3.0.0",
    "isSelfSuppressedFlag": True,
}


async def test_a_registration_is_answered_with_its_id_and_creator(api: httpx.AsyncClient) -> None:
    answer = await api.post("system/callbacks", json=ENTRY)
    entry = answer.json()
    assert answer.status_code == 201
    assert ENTRY.items() <= entry.items()
    assert (entry["memberId"], entry["inactiveFlag"], entry["isSoapCallbackFlag"]) == (243, False, False)
    assert len(entry["connectWiseID"]) == 36
    assert (await api.get("system/callbacks")).json() == [entry]
    assert (await api.get(f"system/callbacks/{entry['id']}")).json() == entry


async def test_a_registration_has_the_shape_of_the_captured_one(
    api: httpx.AsyncClient, captured: dict[str, Any]
) -> None:
    answer = await api.post("system/callbacks", json=captured["callback-subscribe-request"])
    recorded = captured["callback-subscribe-response"]
    assert answer.status_code == 201
    assert answer.json().keys() == recorded.keys()
    same = ("url", "objectId", "type", "level", "payloadVersion", "inactiveFlag", "isSelfSuppressedFlag")
    assert {name: answer.json()[name] for name in same} == {name: recorded[name] for name in same}


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"url": "nowhere"}, "InvalidField", "url"),
        ({"url": "ftp://hooks.example.net/"}, "InvalidField", "url"),
        ({"url": "https://"}, "InvalidField", "url"),
        ({"url": "https://host:port/"}, "InvalidField", "url"),
        ({"level": "company"}, "InvalidObject", "level"),
        ({"type": "note"}, "InvalidObject", "level"),
        ({"objectId": "one"}, "InvalidField", "objectId"),
        ({"objectId": None}, "MissingRequiredField", "objectId"),
        ({"description": "x" * 101}, "InvalidField", "description"),
    ],
)
async def test_a_wrong_registration_is_refused_and_names_the_field(
    api: httpx.AsyncClient, changes: dict[str, Any], code: str, field: str
) -> None:
    answer = await api.post("system/callbacks", json={**ENTRY, **changes})
    assert (answer.status_code, answer.json()["code"]) == (400, "InvalidObject")
    assert (answer.json()["errors"][0]["code"], answer.json()["errors"][0]["field"]) == (code, field)


async def test_url_and_level_that_are_wrong_are_refused_in_one_answer(api: httpx.AsyncClient) -> None:
    answer = await api.post("system/callbacks", json={**ENTRY, "url": "nowhere", "level": "company"})
    assert answer.json()["message"] == "callbackEntry object is invalid"
    assert [(error["field"], error["message"], error["resource"]) for error in answer.json()["errors"]] == [
        ("url", "Invalid URL", "callbackEntry"),
        (
            "level",
            "Unrecognized level for type, see documentation for supported levels for each type",
            "callbackEntry",
        ),
    ]


async def test_type_and_level_keep_the_case_that_was_sent_and_are_compared_without_it(api: httpx.AsyncClient) -> None:
    sent = {**ENTRY, "type": "Ticket", "level": "Owner", "isSelfSuppressedFlag": False}
    entry = (await api.post("system/callbacks", json=sent)).json()
    assert (entry["type"], entry["level"]) == ("Ticket", "Owner")
    again = await api.post("system/callbacks", json=ENTRY)
    assert (again.status_code, again.json()["errors"][0]["code"]) == (400, "ObjectExists")


async def test_the_same_registration_is_refused_as_existing_also_with_object_0(api: httpx.AsyncClient) -> None:
    assert (await api.post("system/callbacks", json={**ENTRY, "objectId": 0})).json()["objectId"] == 1
    for object_id in (0, 1):
        again = await api.post("system/callbacks", json={**ENTRY, "objectId": object_id})
        assert (again.json()["errors"][0]["code"], again.json()["errors"][0]["field"]) == ("ObjectExists", "objectId")
    other = await api.post("system/callbacks", json={**ENTRY, "level": "board"})
    assert other.status_code == 201


async def test_a_registration_is_patched_and_deleted(api: httpx.AsyncClient) -> None:
    number = (await api.post("system/callbacks", json=ENTRY)).json()["id"]
    operation = [{"op": "replace", "path": "inactiveFlag", "value": True}]
    assert (await api.patch(f"system/callbacks/{number}", json=operation)).json()["inactiveFlag"] is True
    replaced = await api.put(f"system/callbacks/{number}", json={**ENTRY, "description": "Another"})
    assert (replaced.json()["description"], replaced.json()["memberId"]) == ("Another", 243)
    assert (await api.delete(f"system/callbacks/{number}")).status_code == 204
    missing = await api.delete(f"system/callbacks/{number}")
    assert missing.status_code == 404
    assert (missing.json()["code"], missing.json()["message"]) == ("ConnectWiseApi", "The endpoint does not exist.")
