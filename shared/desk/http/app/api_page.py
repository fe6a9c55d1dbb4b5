"""Renders the API page from OpenAPI on the server: no script, no external resource, works offline."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable, Iterator
from html import escape
from typing import NamedTuple

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from desk.http.app.api_page_style import STYLE
from desk.http.app.schemas import OpenApi

METHODS = ("get", "post", "put", "patch", "delete")


class Operation(NamedTuple):
    """One route of the page."""

    method: str
    path: str
    about: OpenApi

    @property
    def anchor(self) -> str:
        """The id of its section on the page."""
        return f"{self.method}-{self.path}".replace("/", "-").replace("{", "").replace("}", "")


def reference(app: FastAPI, says: Callable[[], Iterable[str]] = tuple) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint of /api; `says` returns sentences for its head."""

    async def page(request: Request) -> Response:
        return HTMLResponse(render(app.openapi(), request.scope.get("root_path", ""), says()))

    return page


async def style(_request: Request) -> Response:
    """The endpoint of /api.css. The content security policy permits only the service's own style files."""
    return Response(STYLE, media_type="text/css", headers={"Cache-Control": "max-age=3600"})


def render(schema: OpenApi, prefix: str, says: Iterable[str] = ()) -> str:
    """Render an OpenAPI document as HTML, routes grouped by tag. All texts are escaped."""
    title, at = escape(schema["info"]["title"]), escape(prefix)
    tags = _by_tag(schema)
    head = "".join(f"<p><b>{escape(sentence)}</b></p>" for sentence in says)
    links = "".join(f"<h2>{escape(tag)}</h2><ul>{''.join(map(_link, found))}</ul>" for tag, found in tags.items())
    parts = "".join(
        f"<h2>{escape(tag)}</h2>{''.join(_section(schema, prefix, operation) for operation in found)}"
        for tag, found in tags.items()
    )
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="{at}/api.css"></head>'
        f'<body><nav><h1>{title}</h1><p><a href="{at}/openapi.json">openapi.json</a></p>{links}</nav>'
        f"<main>{head}{parts}</main></body></html>"
    )


def _by_tag(schema: OpenApi) -> dict[str, list[Operation]]:
    found: dict[str, list[Operation]] = {}
    for operation in _operations(schema):
        found.setdefault((operation.about.get("tags") or ["more"])[0], []).append(operation)
    return found


def _operations(schema: OpenApi) -> Iterator[Operation]:
    for path, methods in schema.get("paths", {}).items():
        yield from (Operation(method, path, methods[method]) for method in METHODS if method in methods)


def _link(operation: Operation) -> str:
    method, path = operation.method.upper(), escape(operation.path)
    return f'<li><a href="#{escape(operation.anchor)}"><b>{method}</b> {path}</a></li>'


def _section(schema: OpenApi, prefix: str, operation: Operation) -> str:
    about = operation.about
    roles = ", ".join(about.get("x-roles", ())) or "public"
    text = escape(about.get("description") or about.get("summary", ""))
    heading = f"<code>{operation.method.upper()} {escape(prefix + operation.path)}</code>"
    details = _fields(schema, about) + _example(about) + _answers(about)
    return (
        f'<section id="{escape(operation.anchor)}"><h3 class="{operation.method}">{heading}</h3><p>{text}</p>'
        f'<p class="roles">Roles: {escape(roles)}</p>{details}</section>'
    )


def _fields(schema: OpenApi, about: OpenApi) -> str:
    rows = [
        _row(p["name"], p["in"], p.get("required", False), p.get("schema", {})) for p in about.get("parameters", ())
    ]
    rows += [_row(*field) for field in _body(schema, about)]
    head = "<tr><th>Field</th><th>In</th><th>Needed</th><th>Type</th><th>Meaning</th></tr>"
    return f"<table>{head}{''.join(rows)}</table>" if rows else ""


def _row(name: str, where: str, needed: bool, schema: OpenApi) -> str:
    cells = (name, where, "yes" if needed else "", _type(schema), str(schema.get("description", "")))
    return "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"


def _body(schema: OpenApi, about: OpenApi) -> list[tuple[str, str, bool, OpenApi]]:
    content = _json(about).get("schema", {})
    name = content.get("$ref", "").rpartition("/")[2]
    model = schema.get("components", {}).get("schemas", {}).get(name, content)
    needed = model.get("required", ())
    return [(field, "body", field in needed, kind) for field, kind in model.get("properties", {}).items()]


def _json(about: OpenApi) -> OpenApi:
    found: OpenApi = about.get("requestBody", {}).get("content", {}).get("application/json", {})
    return found


def _example(about: OpenApi) -> str:
    example = _json(about).get("example")
    return "" if example is None else f"<pre>{escape(json.dumps(example, indent=2, ensure_ascii=False))}</pre>"


def _answers(about: OpenApi) -> str:
    answers = (f"<b>{escape(status)}</b> {escape(each['description'])}" for status, each in about["responses"].items())
    return f'<p class="answers">{" · ".join(answers)}</p>'


def _type(schema: OpenApi) -> str:
    if "enum" in schema:
        return " | ".join(str(value) for value in schema["enum"])
    if "anyOf" in schema:
        return " | ".join(name for part in schema["anyOf"] if (name := _type(part)) != "null")
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    return str(schema.get("format") or schema.get("type", "any"))
