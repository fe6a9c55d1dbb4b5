"""The API as a page for people: made on the server from OpenAPI, no script, no style from elsewhere, works offline."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from html import escape
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

METHODS = ("get", "post", "put", "patch", "delete")


def reference(app: FastAPI) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint of /api."""

    async def page(request: Request) -> Response:
        return HTMLResponse(render(app.openapi(), request.scope.get("root_path", "")))

    return page


def render(schema: dict[str, Any], prefix: str) -> str:
    """HTML of an OpenAPI document; every text in it is escaped."""
    title = escape(schema["info"]["title"])
    sections = "".join(
        _operation(schema, method, prefix + path, operations[method])
        for path, operations in schema.get("paths", {}).items()
        for method in METHODS
        if method in operations
    )
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><h1>{title}</h1>'
        f'<p>The same for machines: <a href="{escape(prefix)}/openapi.json">openapi.json</a></p>{sections}</html>'
    )


def _operation(schema: dict[str, Any], method: str, path: str, operation: dict[str, Any]) -> str:
    roles = ", ".join(operation.get("x-roles", ())) or "public"
    text = escape(operation.get("description") or operation.get("summary", ""))
    rows = [
        _row(p["name"], p["in"], p.get("required", False), p.get("schema", {})) for p in operation.get("parameters", ())
    ]
    rows += [_row(*field) for field in _body(schema, operation)]
    fields = f"<table><tr><th>Field<th>In<th>Needed<th>Type</tr>{''.join(rows)}</table>" if rows else ""
    return f"<h2><code>{method.upper()} {escape(path)}</code></h2><p>{text}</p><p>Roles: {escape(roles)}</p>{fields}"


def _row(name: str, where: str, needed: bool, schema: dict[str, Any]) -> str:
    cells = (name, where, "yes" if needed else "", _type(schema))
    return "<tr>" + "".join(f"<td>{escape(cell)}" for cell in cells) + "</tr>"


def _body(schema: dict[str, Any], operation: dict[str, Any]) -> list[tuple[str, str, bool, dict[str, Any]]]:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    name = content.get("$ref", "").rpartition("/")[2]
    model = schema.get("components", {}).get("schemas", {}).get(name, content)
    needed = model.get("required", ())
    return [(field, "body", field in needed, kind) for field, kind in model.get("properties", {}).items()]


def _type(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return " | ".join(str(value) for value in schema["enum"])
    if "anyOf" in schema:
        return " | ".join(_type(part) for part in schema["anyOf"])
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    return str(schema.get("format") or schema.get("type", "any"))
