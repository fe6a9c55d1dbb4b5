"""Every error is answered with problem+json: a code, the problem, the remedy, and no internals."""

from __future__ import annotations

import io
import json
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

import httpx
import psycopg
import pytest
from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from desk.decision.refusal import REFUSALS, Refusal
from desk.eventstore.errors import Conflict, StoreUnavailable, WriterStopped
from desk.http.problems.problem import CODES, HTTP_CODES, Problem, invalid_field
from desk.telemetry import configure_logging
from desk.testing.http import Bench

CANARY = "Canary Bird lives at 5 Elm Street"


class Impact(StrEnum):
    HIGH = "high"
    LOW = "low"


class Line(BaseModel):
    start: AwareDatetime


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")
    impact: Impact
    statement: Annotated[str, Field(max_length=20)]
    lines: list[Line] = []
    side: Literal["left", "right"] = "left"


RAISED: dict[str, Exception] = {
    "problem": Problem("too_many_requests"),
    "refusal": Refusal("gates_open", missing=[("fix", "triage", "Record the fix.")]),
    "conflict": Conflict(CANARY),
    "store": StoreUnavailable(CANARY),
    "stopping": WriterStopped(CANARY),
    "database": psycopg.OperationalError(CANARY),
    "teapot": HTTPException(418, CANARY),
    "bug": ZeroDivisionError(CANARY),
    "field": invalid_field("queue", "there is no such queue", "Choose a queue of the policy."),
}


def routers() -> list[APIRouter]:
    router = APIRouter()

    @router.post("/things")
    async def post(body: Body) -> dict[str, str]:
        return {"impact": body.impact}

    @router.get("/things")
    async def get(limit: Annotated[int, Query(ge=1)] = 1) -> dict[str, int]:
        return {"limit": limit}

    @router.get("/raise/{what}")
    async def fail(what: str) -> None:
        raise RAISED[what]

    return [router]


def bench() -> Bench:
    return Bench(routers())


async def call(method: str, path: str, **arguments: Any) -> httpx.Response:
    async with bench().client() as client:
        return await client.request(method, path, **arguments)


def problem(answer: httpx.Response) -> dict[str, Any]:
    assert answer.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = answer.json()
    assert document["status"] == answer.status_code
    assert document["type"] == f"urn:deskstream:problem:{document['code']}"
    assert document["title"] and document["detail"] and document["remedy"]
    return document


def test_the_codes_of_the_face_do_not_shadow_those_of_commands() -> None:
    assert not set(HTTP_CODES) & set(REFUSALS)
    assert len(CODES) == len(HTTP_CODES) + len(REFUSALS)


@pytest.mark.parametrize(
    ("what", "status", "code", "retryable"),
    [
        ("problem", 429, "too_many_requests", True),
        ("refusal", 409, "gates_open", False),
        ("conflict", 409, "write_conflict", True),
        ("store", 503, "unavailable", True),
        ("stopping", 503, "unavailable", True),
        ("database", 503, "unavailable", True),
        ("teapot", 400, "bad_request", False),
        ("bug", 500, "internal_error", False),
        ("field", 422, "invalid_field", False),
    ],
)
async def test_what_is_raised_is_answered_by_its_code_and_without_its_text(
    what: str, status: int, code: str, retryable: bool
) -> None:
    answer = await call("GET", f"/raise/{what}")
    document = problem(answer)
    assert (answer.status_code, document["code"], document["retryable"]) == (status, code, retryable)
    assert "Canary" not in answer.text
    assert ("retry-after" in answer.headers) == retryable


async def test_a_refusal_lists_what_is_missing_with_owner_and_remedy() -> None:
    document = problem(await call("GET", "/raise/refusal"))
    assert document["missing"] == [{"gate": "fix", "owner": "triage", "remedy": "Record the fix."}]


async def test_an_unexpected_error_names_its_trace_and_is_logged_by_class_only() -> None:
    sink = io.BytesIO()
    with configure_logging("info", sink):
        document = problem(await call("GET", "/raise/bug"))
    assert "Canary" not in sink.getvalue().decode()
    failed = json.loads(sink.getvalue().splitlines()[0])
    assert (failed["error"], failed["route"], failed["traceid"]) == (
        "ZeroDivisionError",
        "/raise/{what}",
        document["trace"],
    )


async def test_an_unknown_address_is_not_found() -> None:
    assert problem(await call("GET", "/nothing"))["code"] == "not_found"


async def test_a_wrong_method_gets_the_allowed_ones() -> None:
    answer = await call("DELETE", "/raise/bug")
    assert (answer.status_code, problem(answer)["code"], answer.headers["allow"]) == (405, "method_not_allowed", "GET")


GOOD = {"impact": "high", "statement": "printer"}


@pytest.mark.parametrize(
    ("other", "field", "remedy"),
    [
        ({"impact": ...}, "impact", "Add the field."),
        ({"impact": "huge"}, "impact", "Use one of 'high' or 'low'."),
        ({"side": "up"}, "side", "Use one of 'left' or 'right'."),
        ({"statement": "x" * 21}, "statement", "Use at most 20 characters."),
        ({"impcat": "high"}, "impcat", "Remove the field, or correct its name."),
        ({"lines": [{}]}, "lines[0].start", "Add the field."),
        ({"lines": [{"start": "2026-03-02T09:00:00"}]}, "lines[0].start", "Add the zone, e.g. 2026-03-02T09:00:00Z."),
        ({"lines": [{"start": "monday"}]}, "lines[0].start", "Use ISO 8601 with zone, e.g. 2026-03-02T09:00:00Z."),
    ],
)
async def test_a_wrong_field_is_named_with_its_remedy(other: dict[str, Any], field: str, remedy: str) -> None:
    body = {name: value for name, value in {**GOOD, **other}.items() if value is not ...}
    answer = await call("POST", "/things", json=body)
    document = problem(answer)
    assert (answer.status_code, document["code"], document["field"]) == (422, "invalid_field", field)
    assert document["remedy"] == remedy
    assert document["errors"][0]["in"] == "body"


async def test_every_wrong_field_is_named_and_no_input_comes_back() -> None:
    answer = await call("POST", "/things", json={"impact": CANARY, "statement": CANARY})
    document = problem(answer)
    assert [error["field"] for error in document["errors"]] == ["impact", "statement"]
    assert "(and 1 more)" in document["detail"]
    assert "Canary" not in answer.text


async def test_a_wrong_query_parameter_is_named() -> None:
    document = problem(await call("GET", "/things?limit=0"))
    assert (document["field"], document["errors"][0]["in"]) == ("limit", "query")


@pytest.mark.parametrize("body", [b"{", b"", b'{"impact": "high",}', b"\xff\xfe", b"nonsense"])
async def test_a_body_that_is_no_json_is_refused(body: bytes) -> None:
    answer = await call("POST", "/things", content=body, headers={"content-type": "application/json"})
    assert answer.status_code in {400, 422}
    assert problem(answer)["code"] in {"invalid_json", "invalid_field", "bad_request"}


async def test_the_place_of_a_json_error_is_named() -> None:
    answer = await call("POST", "/things", content=b'{"impact" "high"}', headers={"content-type": "application/json"})
    assert problem(answer)["detail"].startswith("not JSON at character 10")


async def test_another_media_type_is_refused_as_such() -> None:
    answer = await call("POST", "/things", content=json.dumps(GOOD), headers={"content-type": "text/plain"})
    assert (answer.status_code, problem(answer)["code"]) == (415, "unsupported_media_type")


async def test_refusals_are_counted_by_code() -> None:
    made = bench()
    async with made.client() as client:
        await client.get("/raise/refusal")
        await client.get("/raise/bug")
        await client.get("/nothing")
    text = made.metrics.render().decode()
    for code in ("gates_open", "internal_error", "not_found"):
        assert f'desk_refusals_total{{code="{code}"}} 1.0' in text


def test_added_members_do_not_replace_the_standard_ones() -> None:
    document = Problem("not_found", members={"status": 200, "where": "shelf"}).document()
    assert (document["status"], document["where"]) == (404, "shelf")


def test_times_in_answers_need_no_model() -> None:
    from desk.http.app.responses import json_response

    assert json_response({"at": datetime(2026, 3, 2)}).body == b'{"at":"2026-03-02T00:00:00"}'
    assert json_response(b'{"made": 1}').body == b'{"made": 1}'
