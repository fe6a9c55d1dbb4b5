"""OpenAPI of every service is valid, and its examples are what its schemas ask for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from tests.journeys.people import Desk
from tests.security.canaries import CODES, FREE_TEXT, string_fields
from tests.security.routes import SERVICES

from desk.contract.ticket.gates import CLOSE, RESOLVE
from desk.decision.principal import Role

pytestmark = [pytest.mark.postgres, pytest.mark.asyncio(loop_scope="module")]


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(method, path, operation) of the document."""
    for path, found in document["paths"].items():
        for method, operation in found.items():
            yield method, path, operation


def schemas(part: object) -> Iterator[dict[str, Any]]:
    """Every schema and example holder below `part`."""
    if isinstance(part, dict):
        yield part
        for value in part.values():
            yield from schemas(value)
    elif isinstance(part, list):
        for value in part:
            yield from schemas(value)


@pytest.mark.parametrize("service", SERVICES)
async def test_the_document_is_whole(shared_desk: Desk, service: str) -> None:
    answer = await shared_desk.http.get(f"/{service}/openapi.json")
    document = answer.json()
    assert document["openapi"].startswith("3.1")
    components = document["components"]
    for schema in components["schemas"].values():
        Draft202012Validator.check_schema(schema)
    for part in schemas(document):
        reference = part.get("$ref")
        if isinstance(reference, str):
            _, room, kind, name = reference.split("/")
            assert room == "components" and name in components[kind], reference
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("service", SERVICES)
async def test_every_operation_says_what_it_takes_answers_and_needs(shared_desk: Desk, service: str) -> None:
    document = (await shared_desk.http.get(f"/{service}/openapi.json")).json()
    for method, path, operation in operations(document):
        where = f"{method} {path}"
        assert operation["summary"], where
        assert any(status.startswith("2") for status in operation["responses"]), where
        declared = {p["name"] for p in operation.get("parameters", ()) if p["in"] == "path"}
        assert declared == set(re.findall(r"{(\w+)}", path)), where
        assert all(Role(role) for role in operation.get("x-roles", ())), where
        keys = [p for p in operation.get("parameters", ()) if p["name"] == "idempotency-key"]
        assert all(key["required"] for key in keys), where
        assert keys or "commands" not in operation.get("tags", ()), where


@pytest.mark.parametrize("service", SERVICES)
async def test_every_body_has_an_example_that_its_schema_accepts(shared_desk: Desk, service: str) -> None:
    document = (await shared_desk.http.get(f"/{service}/openapi.json")).json()
    checked = 0
    for _, _, operation in operations(document):
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if content is not None:
            schema = {**content["schema"], "components": document["components"]}
            Draft202012Validator(schema).validate(content["example"])
            checked += 1
    assert checked >= 7


async def test_every_text_of_a_command_is_known_as_sealed_or_as_a_code(shared_desk: Desk) -> None:
    fields: set[str] = set()
    for hosted in shared_desk.running.hosted.values():
        fields |= string_fields(hosted.app.openapi())
    assert fields - CODES - FREE_TEXT == set(), "say of each whether it is sealed"


async def test_every_command_that_a_remedy_names_is_offered_by_the_owner_of_the_gate(shared_desk: Desk) -> None:
    paths = {name: (await shared_desk.http.get(f"/{name}/openapi.json")).json()["paths"] for name in SERVICES}
    for gate, row in {**RESOLVE, **CLOSE}.items():
        for command in re.findall(r"\b([a-z]+(?:-[a-z]+)+)(?=[):])", row.remedy):
            assert f"/tickets/{{ticket}}/{command}" in paths[row.owner], f"{gate}: {command}"
