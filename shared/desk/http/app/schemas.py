"""Documents responses of msgspec types in OpenAPI, because FastAPI documents only pydantic models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from fastapi import APIRouter
from fastapi.routing import APIRoute

OpenApi = dict[str, Any]  # Any: nested JSON of FastAPI's making, read by key
"""An OpenAPI document, or a part of one."""
_HOISTED = "x-components"


def returns(
    kind: object, description: str = "Done", *, status: int = 200, example: object = None
) -> dict[int | str, dict[str, object]]:
    """The `responses=` of a route that returns `json_response(kind(...))`; `example` is a value of that type.

    `kind` is a tuple where the route returns one of several.
    """
    kinds = kind if isinstance(kind, tuple) else (kind,)
    schemas, components = msgspec.json.schema_components(kinds, ref_template="#/components/schemas/{name}")
    schema = schemas[0] if len(schemas) == 1 else {"anyOf": list(schemas)}
    content: dict[str, object] = {"schema": schema, _HOISTED: components}
    if example is not None:
        content["example"] = msgspec.to_builtins(example)
    return {status: {"description": description, "content": {"application/json": content}}}


def document(router: APIRouter, answers: Mapping[str, type]) -> None:
    """Document the answers of routes: method and path -> type. KeyError for a route that the router does not have."""
    routes = {
        f"{method} {route.path}": route
        for route in router.routes
        if isinstance(route, APIRoute)
        for method in route.methods or ()
    }
    for name, kind in answers.items():
        route = routes[name]
        route.responses = {**route.responses, **returns(kind, status=route.status_code or 200)}


def hoist(document: OpenApi) -> None:
    """Move the components of every `returns` to the components of the document."""
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for operations in document.get("paths", {}).values():
        for operation in operations.values():
            for answer in operation.get("responses", {}).values():
                for content in answer.get("content", {}).values():
                    schemas.update(content.pop(_HOISTED, {}))
