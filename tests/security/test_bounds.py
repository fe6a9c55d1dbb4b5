"""Every field of every request has its bounds, and what lies beyond them is refused by name.

The first tests walk what the services publish, so that a new command, filter or route cannot forget its bounds.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import uuid4

import httpx
import msgspec
import pytest
import pytest_asyncio
from tests.journeys.people import Desk
from tests.security.calling import Caller, listed, token
from tests.security.routes import SERVICES

from desk.contract.bounds import TICKET_ID
from desk.decision.principal import Role
from desk.http.commands.ticket_commands import new_ticket
from desk.testing.controls import CLIENT
from desk_intake.imports import rows
from desk_intake.imports.api import MOST, RowBatch
from desk_intake.imports.rows import BOUNDED_CELLS, RowRead
from desk_intake.psa.ids import ticket_id, ticket_reference

pytestmark = [pytest.mark.postgres, pytest.mark.asyncio(loop_scope="module")]
Schema = Mapping[str, Any]
WITHOUT_JSON = {"/psa/{instance}/callbacks", "/paging/{instance}/callbacks", "/imports"}
"""POST routes that read their body themselves: one as signed bytes, one by the types of `RowBatch`."""
BOUNDS_OF = {
    "string": {"maxLength"},
    "integer": {"maximum", "exclusiveMaximum"},
    "number": {"maximum", "exclusiveMaximum"},
    "array": {"maxItems"},
}
BOUNDED_FORMATS = {"uuid", "binary"}
EARLY, LATE = "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"
TIMES = (
    EARLY,
    LATE,
    "0001-01-01T00:00:00Z",
    "1969-12-31T23:59:59Z",
    "1970-01-01T00:00:00+00:01",
    "2100-01-01T00:00:01Z",
)
IDS = (
    "people:x",
    "policies:matrix",
    "security:",
    "tickets:t1",
    ":",
    "a:b",
    "..",
    "%00",
    "%2e%2e",
    "%0d%0aX-Injected:1",
    "%F0%9F%98%80",
    "%ED%A0%80",
    "a%20b",
    "x" * 65,
    "x" * 5000,
    "'%20OR%201=1--",
)
LONG, NUL, HALF = "x" * 200_000, "a\0b", "a\ud800b"
NUMBERS = (2**31, 2**63, -(2**63) - 1, 10**400, float("nan"), float("inf"), -1)


def unbounded(schema: Schema, known: Schema, name: str) -> Iterator[str]:
    """Names of the parts below `schema` that have no bound."""
    if "$ref" in schema:
        yield from unbounded(known[schema["$ref"].rsplit("/", 1)[-1]], known, name)
        return
    if "enum" in schema or "const" in schema:
        return
    options = schema.get("anyOf") or schema.get("oneOf") or ()
    if any(option.get("type") == "number" for option in options):  # a decimal may also be sent as text
        options = [option for option in options if option.get("type") != "string"]
    for option in options:
        yield from unbounded(option, known, name)
    kind = schema.get("type")
    if kind == "string" and schema.get("format") == "date-time":
        if not {"x-minimum", "x-maximum"} <= schema.keys():
            yield name
    elif kind in BOUNDS_OF and not BOUNDS_OF[kind] & schema.keys():
        if schema.get("format") not in BOUNDED_FORMATS:
            yield name
    elif kind == "object" and schema.get("additionalProperties", True) is not False:
        if not schema.get("maxProperties"):
            yield name
    elif kind is None and not options:
        yield name
    if "items" in schema:
        yield from unbounded(schema["items"], known, f"{name}[]")
    for field, part in schema.get("properties", {}).items():
        yield from unbounded(part, known, f"{name}.{field}")


@pytest.mark.parametrize("service", SERVICES)
async def test_every_field_and_parameter_that_is_published_has_bounds(shared_desk: Desk, service: str) -> None:
    document = shared_desk.running.hosted[service].app.openapi()
    known, walked = document["components"]["schemas"], 0
    found: list[str] = []
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            for parameter in operation.get("parameters", ()):
                walked += 1
                found += unbounded(parameter["schema"], known, f"{method} {path} {parameter['name']}")
            content = operation.get("requestBody", {}).get("content", {})
            if method == "post" and path not in WITHOUT_JSON and not operation_without_body(operation):
                walked += 1
                found += unbounded(content["application/json"]["schema"], known, f"{method} {path}")
    assert not found, "\n".join(found)
    assert walked > 50


def operation_without_body(operation: Schema) -> bool:
    """Whether the route takes its address alone, such as a rebuild or a retry."""
    return "requestBody" not in operation and operation["tags"] == ["operations"]


async def test_every_text_and_list_of_an_import_has_bounds() -> None:
    (schema,), known = msgspec.json.schema_components([RowBatch], ref_template="#/$defs/{name}")
    batch = known[schema["$ref"].rsplit("/", 1)[-1]]
    assert batch["properties"]["rows"]["maxItems"] == MOST
    assert [name for name in unbounded(batch, known, "") if not name.startswith(".rows[]")] == []
    asked = [text for text, kind in RowRead.__annotations__.items() if "str" in kind or "datetime" in kind]
    assert {*asked} - {"status_class", "first_class"} == {*BOUNDED_CELLS}, "problem_of looks at these fields of a row"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ticket(shared_desk: Desk) -> str:
    """A ticket of Acme that every service knows."""
    opened = await shared_desk.opens(kind="quick")
    for service in SERVICES:
        assert await listed(shared_desk, f"/{service}/tickets", token(shared_desk, Role.COORDINATOR, None), opened)
    return opened


def refused(answer: httpx.Response) -> bool:
    """Whether it is a problem of ours that blames the request."""
    kind = answer.headers.get("content-type", "")
    return (
        400 <= answer.status_code < 500 and kind.startswith("application/problem+json") and bool(answer.json()["code"])
    )


@pytest.mark.parametrize("service", SERVICES)
async def test_an_odd_id_in_an_address_is_refused_on_every_route(shared_desk: Desk, ticket: str, service: str) -> None:
    caller = Caller(shared_desk, service, ticket)
    document, wrong, tried = shared_desk.running.hosted[service].app.openapi(), [], 0
    async with caller.http:
        for path, operations in document["paths"].items():
            for method, operation in operations.items():
                names = [p["name"] for p in operation.get("parameters", ()) if p["in"] == "path"]
                headers = {**allowed(shared_desk, operation), "Idempotency-Key": str(uuid4())}
                for name, odd in ((name, odd) for name in names for odd in IDS):
                    others = {"policy": "matrix", "topic": "desk.tickets.v1", "instance": "psa", "number": "0"}
                    values = {other: others.get(other, ticket) for other in names} | {name: odd}
                    body = {"json": caller.examples.get(path, {})} if method == "post" else {}
                    answer = await caller.http.request(method, path.format_map(values), headers=headers, **body)
                    tried += 1
                    plain = name in ("subject", "number", "effect") or "/tickets" not in path
                    if answer.status_code >= 500 or not (plain or refused(answer)):
                        wrong.append(f"{method} {path} {name}={odd[:30]!r}: {answer.status_code} {answer.text[:90]}")
    assert not wrong, "\n".join(wrong)
    assert tried > 100


NAMED = (
    str(new_ticket(uuid4())),
    ticket_id("psa", "4711"),
    str(rows.ticket_id("helpdesk", "INC0000045")),
    "01957b3e-0000-7000-8000-0000000000ff",
    "T-1",
    "a.b_c-9",
    "x" * 64,
)
"""Ids as tickets have them, by whatever way they were opened, and the other forms that an id may have."""


@pytest.mark.parametrize("service", SERVICES)
async def test_every_id_of_a_ticket_can_be_named_wherever_a_ticket_is_named(
    shared_desk: Desk, ticket: str, service: str
) -> None:
    """No ticket has these ids: the answer is that there is none, never that it cannot be an id."""
    caller = Caller(shared_desk, service, ticket)
    document, wrong, tried = shared_desk.running.hosted[service].app.openapi(), [], 0
    async with caller.http:
        odd = await caller.http.get("/tickets/a:b", headers=token(shared_desk, Role.COORDINATOR, None))
        assert '"field":"ticket"' in odd.text, "this is how an id that cannot be one is refused"
        for path, operations in document["paths"].items():
            for method, operation in operations.items():
                ways = [p["in"] for p in operation.get("parameters", ()) if p["name"] in ("ticket", "subject")]
                headers = {**allowed(shared_desk, operation), "Idempotency-Key": str(uuid4())}
                for way, named_id in ((way, one) for way in ways for one in NAMED):
                    address = path.format_map({"ticket": named_id, "subject": named_id, "topic": "desk.tickets.v1"})
                    query = {"ticket": named_id} if way == "query" else {}
                    body = {"json": caller.examples.get(path, {})} if method == "post" else {}
                    answer = await caller.http.request(method, address, headers=headers, params=query, **body)
                    tried += 1
                    if answer.status_code >= 500 or '"field":"ticket"' in answer.text:
                        wrong.append(f"{method} {path} {named_id[:40]}: {answer.status_code} {answer.text[:90]}")
    assert not wrong, "\n".join(wrong)
    assert tried > 20
    assert [ticket_reference(f" {one} ") for one in NAMED] == [*NAMED]
    assert [ticket_reference(odd) for odd in ("security:4711", "ops:disk", "ALERT 12/3", "", "x" * 65)] == [None] * 5


@pytest.mark.parametrize("service", SERVICES)
async def test_every_field_that_names_a_ticket_takes_every_id_of_a_ticket(shared_desk: Desk, service: str) -> None:
    schemas = shared_desk.running.hosted[service].app.openapi()["components"]["schemas"]
    fields = [part for schema in schemas.values() for part in schema.get("properties", {}).items()]
    found = [form for _, part in fields for form in (part, *part.get("anyOf", ())) if form.get("pattern") == TICKET_ID]
    assert all(len(one) <= form["maxLength"] and re.search(TICKET_ID, one) for form in found for one in NAMED)
    assert found or service in ("triage", "sla", "docs")


@pytest.mark.parametrize("service", SERVICES)
async def test_an_odd_value_in_a_query_is_refused_by_name(shared_desk: Desk, ticket: str, service: str) -> None:
    caller = Caller(shared_desk, service, ticket)
    document, wrong, tried = shared_desk.running.hosted[service].app.openapi(), [], 0
    async with caller.http:
        for path, operation in ((path, found["get"]) for path, found in document["paths"].items() if "get" in found):
            values = {
                "ticket": ticket,
                "policy": "matrix",
                "topic": "desk.tickets.v1",
                "subject": ticket,
                "number": "1",
                "incident": "none",
            }
            address = path.format_map({**values, "effect": str(uuid4())})
            for parameter in (p for p in operation.get("parameters", ()) if p["in"] == "query"):
                for odd in ("x\0y", "x" * 5000, EARLY, str(2**70), "1e400"):
                    query = {parameter["name"]: odd}
                    answer = await caller.http.get(address, params=query, headers=allowed(shared_desk, operation))
                    tried += 1
                    fits = odd in (EARLY, str(2**70), "1e400") and answer.status_code in (200, 404, 422)
                    if answer.status_code >= 500 or not (fits or named(answer, parameter["name"])):
                        wrong.append(f"{path} {query!r:.80}: {answer.status_code} {answer.text[:90]}")
    assert not wrong, "\n".join(wrong)
    assert tried > 20


def named(answer: httpx.Response, field: str) -> bool:
    """Whether the answer is a 422 for that field, or the caller or route is refused before the field is read."""
    return answer.status_code in (400, 404) or (answer.status_code == 422 and answer.json()["field"].startswith(field))


@pytest.mark.parametrize("service", SERVICES)
async def test_an_odd_value_in_a_body_is_refused_by_the_name_of_its_field(
    shared_desk: Desk, ticket: str, service: str
) -> None:
    caller = Caller(shared_desk, service, ticket)
    document, wrong, tried = shared_desk.running.hosted[service].app.openapi(), [], 0
    known = document["components"]["schemas"]
    async with caller.http:
        for path, operation in ((p, found["post"]) for p, found in document["paths"].items() if "post" in found):
            content = operation.get("requestBody", {}).get("content", {}).get("application/json")
            if content is None or path in WITHOUT_JSON:
                continue
            schema = resolved(content["schema"], known)
            address = path.format(
                ticket=ticket, policy="matrix", number=0, client=CLIENT, staff="tess", incident="none"
            )
            for field, part in schema["properties"].items():
                for odd in odd_values(part, known):
                    body = {**caller.examples[path], field: odd}
                    sent = python_json(body)
                    headers = {**allowed(shared_desk, operation), "Content-Type": "application/json"}
                    headers["Idempotency-Key"] = str(uuid4())
                    answer = await caller.http.post(address, content=sent, headers=headers)
                    tried += 1
                    if not (answer.status_code in (400, 422) and names(answer, field)):
                        wrong.append(f"{path} {field}={odd!r:.40}: {answer.status_code} {answer.text[:120]}")
    assert not wrong, "\n".join(wrong)
    assert tried > 50


def names(answer: httpx.Response, field: str) -> bool:
    """Whether the problem names the field; a number that JSON cannot hold makes the whole body unreadable."""
    problem = answer.json()
    return problem["code"] in ("invalid_json", "bad_request") or any(
        error["field"].startswith(field) for error in problem.get("errors", ())
    )


def odd_values(part: Schema, known: Schema) -> Iterator[Any]:
    """Values that no field of this kind may take."""
    kinds = {(option.get("type"), option.get("format")) for option in alternatives(part, known)}
    if ("string", "date-time") in kinds:
        yield from TIMES
    if any(kind == "string" for kind, _ in kinds):
        yield from (LONG, NUL, HALF)
    if any(kind in ("integer", "number") for kind, _ in kinds):
        yield from NUMBERS
    if any(kind == "array" for kind, _ in kinds):
        yield from ([LONG], [NUL], [HALF], ["x"] * 2000)
    if any(kind == "object" for kind, _ in kinds):
        yield from ({"x": NUL}, {"x": [HALF]}, {"x": float("inf")}, {"x": 2**64}, {"x": LONG})


def alternatives(part: Schema, known: Schema) -> Iterator[Schema]:
    if "$ref" in part:
        yield from alternatives(known[part["$ref"].rsplit("/", 1)[-1]], known)
    elif "anyOf" in part:
        for option in part["anyOf"]:
            yield from alternatives(option, known)
    else:
        yield part


def resolved(schema: Schema, known: Schema) -> Schema:
    return next(alternatives(schema, known))


def python_json(body: Any) -> bytes:
    """As a careless client writes it: with NaN, Infinity, and half surrogate pairs."""
    return json.dumps(body).encode()


def allowed(desk: Desk, operation: Schema) -> dict[str, str]:
    """A caller with a role of the route and every client."""
    roles = [Role(name) for name in operation.get("x-roles", ["admin"]) if name not in ("service", "client-it")]
    role = roles[0] if roles else Role.SERVICE
    return token(desk, role, None)


async def test_the_first_and_the_last_instant_are_accepted_with_any_offset(shared_desk: Desk) -> None:
    headers = token(shared_desk, Role.TIER1, None)
    for at in ("1970-01-01T14:00:00+14:00", "1969-12-31T10:00:00-14:00"):
        body = {"client": CLIENT, "problem": "p", "opened_at": at, "not_a_duplicate": "another one"}
        keyed = {**headers, "Idempotency-Key": str(uuid4())}
        answer = await shared_desk.http.post("/intake/tickets", json=body, headers=keyed)
        assert answer.status_code == 201, answer.text
        read = await shared_desk.http.get(f"/intake/tickets/{answer.json()['subject']}", headers=headers)
        assert read.json()["opened_at"] == "1970-01-01T00:00:00Z"
