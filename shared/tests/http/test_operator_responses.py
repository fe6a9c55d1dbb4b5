"""Operators' responses: the bytes that routes wrote as dictionaries before they shared their records with the CLI."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from fastapi import APIRouter, FastAPI
from starlette.responses import Response

from desk.http.admin.policy_responses import PolicyChanges, PolicyList, PolicyVersion
from desk.http.admin.status_responses import LossAccepted, MissingKeys, ServiceStatus, ViewRebuilt
from desk.http.app.responses import json_response
from desk.http.app.schemas import document, hoist

AT = "2026-03-02T09:00:00Z"
KEYS = {"missing": 1, "facts": 2, "abandoned": 3, "erased": 4, "erased_again": 5}
BEFORE: dict[str, Any] = {
    "service": "intake",
    "own": 1,
    "heard": 2,
    "lag": {"triage": 3},
    "parked": 4,
    "oldest_parked": AT,
    "effects": {"psa-sync": {"planned": 1}},
    "last": 5,
    "unread": 6,
    "dropped": 7,
    "drained": False,
    "open_calls": 1,
    "at_rest": False,
    "stops": [{"kind": "psa-sync", "client": ""}],
}
LEVEL = {"instance": "cw", "level": "notes", "says": "notes only", "version": "2", "exceptions": {"board 1": "nothing"}}
REFUSED = {"policy": "matrix", "owner": "triage", "ownerseq": 9, "error": "KeyError"}
FEED = {
    "feed": "tickets",
    "turned": AT,
    "age": 1.5,
    "failing": None,
    "tries": 0,
    "problem": "",
    "operation": "",
    "status": None,
    "field": "",
    "limit": 900.0,
}
RECORD = {"kind": "ticket", "record": "7", "problem": "schema", "since": AT}
FEEDS = {"instance": "cw", "feeds": [FEED], "unreadable": 1, "records": [RECORD]}
INSTANCE = {
    "instance": "ninja-main",
    "kind": "rmm",
    "vendor": "ninjaone",
    "state": "paused",
    "retried_at": None,
    "paused_until": AT,
    "waiting": 1,
    "unanswered": 2,
}
KEY = {"key": "k1", "subject": "acme", "state": "missing", "aggregate": "tickets:t", "facts": 2, "since": AT}
POLICY = {"policy": "matrix", "owner": "triage", "in_force": "2", "versions": ["1", "2"]}
PUBLISHED = {"2": {"effective_from": AT, "content_hash": "abc", "retired": False}}
DRAFTED = {"published": PUBLISHED, "drafts": {"3": "ada", "4": None}}
CHANGES = {"policy": "matrix", "version": "3", "would": "policy-drafted", "against": None, "changes": ["a: 1 -> 2"]}


class Greeting(msgspec.Struct):
    text: str


def test_documented_routes_show_their_answer_in_openapi_and_others_are_refused() -> None:
    router = APIRouter()

    @router.post("/greetings/{name}", response_model=None, status_code=201)
    def greet(name: str) -> Response:
        return json_response(Greeting(name), 201)

    document(router, {"POST /greetings/{name}": Greeting})
    app = FastAPI()
    app.include_router(router, prefix="/v1")
    api = app.openapi()
    hoist(api)
    answer = api["paths"]["/v1/greetings/{name}"]["post"]["responses"]["201"]
    assert answer["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Greeting"}
    assert api["components"]["schemas"]["Greeting"]["required"] == ["text"]
    with pytest.raises(KeyError, match="GET /greetings"):
        document(router, {"GET /greetings": Greeting})


@pytest.mark.parametrize(
    ("shape", "before"),
    [
        (ServiceStatus, {**BEFORE, "policies_refused": [], "keys": KEYS}),
        (ServiceStatus, {**BEFORE, "oldest_parked": None, "policies_refused": [REFUSED], "keys": KEYS}),
        (ServiceStatus, {**BEFORE, "write_back": [LEVEL], "policies_refused": [], "psa": [FEEDS], "keys": KEYS}),
        (ServiceStatus, {**BEFORE, "policies_refused": [], "psa": [FEEDS], "integrations": [INSTANCE], "keys": KEYS}),
        (MissingKeys, {**KEYS, "items": [KEY, {**KEY, "subject": None, "state": "abandoned", "since": None}]}),
        (LossAccepted, {"accepted": 2}),
        (ViewRebuilt, {"view": "tickets", "facts": 12}),
        (PolicyList, {"items": [POLICY, {**POLICY, "owner": None}]}),
        (PolicyVersion, {**POLICY, "version": "2", "content": {"z": 1, "a": [1.5]}, **DRAFTED}),
        (PolicyChanges, CHANGES),
    ],
)  # fmt: skip
def test_a_response_has_the_fields_order_and_bytes_that_it_had(shape: Any, before: dict[str, Any]) -> None:
    written = json_response(msgspec.convert(before, shape, strict=True)).body
    assert written == json_response(before).body
    assert msgspec.json.decode(written) == before
