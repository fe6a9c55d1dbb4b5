"""Any request gets one of our responses: never a 5xx, never a crash, always a code."""

from __future__ import annotations

import json
from typing import Annotated, Any
from urllib.parse import quote

import pytest
from fastapi import APIRouter, Depends
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from desk.decision.command_body import Body
from desk.decision.principal import Role
from desk.http.app.responses import JsonResponse, json_response
from desk.http.commands.command_route import Call, CommandAnswer, command
from desk.http.reads.paging import PageRequest, paging
from desk.testing.http import Bench


class Log(Body):
    text: str
    hours: float
    tags: list[str] = []
    more: dict[str, Any] = {}


def router() -> APIRouter:
    router = APIRouter()

    @router.post("/tickets/{ticket}/log-time")
    async def log_time(ticket: str, body: Log, call: Annotated[Call, Depends(command(Role.TIER1))]) -> JsonResponse:
        body.text.encode()
        return json_response(CommandAnswer(subject=ticket, facts=(), seen=dict(call.seen)))

    @router.get("/tickets")
    async def tickets(page: Annotated[PageRequest, Depends(paging)]) -> JsonResponse:
        return page.answer([], lambda row: row)

    return router


BENCH = Bench([router()])
KEY = {"Idempotency-Key": "k"}
HEADERS = {**KEY, "content-type": "application/json"}
fuzzed = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


async def post(content: bytes, headers: dict[str, str], path: str = "/tickets/t-1/log-time") -> Any:
    async with BENCH.client(Role.TIER1) as client:
        sent = [(name.encode(), value.encode("latin-1", "replace")) for name, value in headers.items()]
        answer = await client.post(path, content=content, headers=sent)
    document = answer.json()
    assert answer.status_code < 500
    assert answer.status_code == 200 or document["code"]
    return document


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["text", "hours", "tags", "x"]), inner),
    max_leaves=12,
)


@fuzzed
@given(JSON)
async def test_any_json_is_accepted_or_refused_by_code(value: Any) -> None:
    await post(json.dumps(value).encode(), HEADERS)


@fuzzed
@given(st.binary(max_size=200))
async def test_any_bytes_are_accepted_or_refused_by_code(content: bytes) -> None:
    await post(content, HEADERS)


@fuzzed
@given(st.text(st.characters(exclude_characters="\r\n\0", max_codepoint=255), max_size=60).map(str.strip))
async def test_any_header_values_are_accepted_or_refused_by_code(text: str) -> None:
    good = json.dumps({"text": "x", "hours": 1}).encode()
    await post(good, {**HEADERS, "Desk-Seen": text})
    await post(good, {**HEADERS, "Idempotency-Key": text})
    await post(good, {**HEADERS, "traceparent": text, "content-type": text})
    async with BENCH.client() as client:
        answer = await client.get("/tickets", headers=[(b"Authorization", f"Bearer {text}".encode("latin-1"))])
    assert answer.status_code == 200


@fuzzed
@given(st.text(max_size=40))
async def test_any_address_is_served_or_refused_by_code(text: str) -> None:
    part = quote(text.encode("utf-8", "surrogatepass"), safe="")
    async with BENCH.client(Role.TIER1) as client:
        for path in (f"/tickets/{part}/log-time", f"/tickets?cursor={part}", f"/tickets?limit={part}", f"/{part}"):
            answer = await client.get(path)
            assert answer.status_code < 500
            assert answer.status_code == 200 or answer.json()["code"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ('{"text": "a\\u0000b", "hours": 1}', "text"),
        ('{"text": "\\ud800", "hours": 1}', "text"),
        ('{"text": "x", "hours": NaN}', "hours"),
        ('{"text": "x", "hours": Infinity}', "hours"),
        ('{"text": "x", "hours": 1, "tags": ["a", "\\u0000"]}', "tags"),
        ('{"text": "x", "hours": 1, "more": {"a": {"b": ["\\udfff"]}}}', "more"),
        ('{"text": "x", "hours": 1, "horus": 1}', "horus"),
    ],
)
async def test_what_no_database_can_keep_is_refused_by_field(body: str, field: str) -> None:
    document = await post(body.encode(), HEADERS)
    assert (document["code"], document["field"]) == ("invalid_field", field)


async def test_a_nul_in_the_address_is_refused() -> None:
    async with BENCH.client(Role.TIER1) as client:
        for path in ("/tickets/a%00b/log-time", "/tickets?cursor=%00"):
            answer = await client.get(path)
            assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")


async def test_text_of_every_script_is_taken_as_it_is() -> None:
    text = "Drucker kaputt: 打印机 🖨️ \u202e"
    assert (await post(json.dumps({"text": text, "hours": 1}).encode(), HEADERS))["subject"] == "t-1"
