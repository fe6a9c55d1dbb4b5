"""Adds an example to every command's body in OpenAPI, from its schema and a table of values by field name."""

from __future__ import annotations

from collections.abc import Mapping

from desk.http.app.schemas import OpenApi

BY_FIELD: Mapping[str, object] = {
    "actions": ["Set the tunnel's MTU to 1400"],
    "basis": "No article describes the setup of the tunnel",
    "cause": "client",
    "claimed": "Sam of Acme's reception",
    "client": "acme",
    "clock": "resolution",
    "code": "network",
    "contact": "acme-pat",
    "content": {"days": 14},
    "description": "Since Monday the VPN drops every ten minutes.",
    "device": "acme-lt-017",
    "document": "doc-118",
    "due": "2026-03-06T16:00:00Z",
    "end": "2026-03-02T09:30:00Z",
    "entries": ["e-1"],
    "entry": "e-1",
    "follow_up": "f-1",
    "gap": "g-1",
    "impact": "medium",
    "incident": "0192f0c4-7d0e-7c0c-9d1b-0a5b1f6f2a12",
    "invoice": "INV-2026-0031",
    "kind": "documentation",
    "new_due": "2026-03-03T16:00:00Z",
    "note": "Tunnel analysed with the carrier",
    "notes": "It drops again since this morning",
    "other": "5f0c4f8e-7d0e-5c0c-9d1b-0a5b1f6f2a11",
    "owner": "tess",
    "policy": "sla-policy:gold",
    "problem": "VPN drops every ten minutes",
    "queue": "network",
    "reason": "Agreed with the client by phone",
    "result": "reproduced",
    "revision": "3",
    "root": "5f0c4f8e-7d0e-5c0c-9d1b-0a5b1f6f2a11",
    "root_cause": "MTU of the tunnel",
    "start": "2026-03-02T09:00:00Z",
    "statement": "The VPN drops on large transfers only",
    "symptom": "vpn-drop",
    "technician": "tess",
    "ticket": "0192f0c4-7d0e-7c0c-9d1b-0a5b1f6f2a11",
    "text": "Your VPN is stable again.",
    "urgency": "medium",
    "verdict": "0192f0c4-7d0e-7c0c-9d1b-0a5b1f6f2a11",
    "version": "2",
    "what": "Set the tunnel's MTU to 1400",
    "why": "Transfers became slower",
}
"""Values of fields that may hold any text; for an enumeration its first value is used instead."""
BY_FORMAT: Mapping[str, str] = {
    "date-time": "2026-03-02T09:00:00Z",
    "date": "2026-03-02",
    "uuid": "0192f0c4-7d0e-7c0c-9d1b-0a5b1f6f2a11",
}


def add_examples(document: OpenApi) -> None:
    """Give every JSON request body of an OpenAPI document an example, where it has none."""
    schemas: Mapping[str, OpenApi] = document.get("components", {}).get("schemas", {})
    for operations in document.get("paths", {}).values():
        for operation in operations.values():
            content = operation.get("requestBody", {}).get("content", {}).get("application/json")
            if content is not None and not {"example", "examples"} & content.keys():
                content["example"] = example_of(content["schema"], schemas)


def example_of(schema: OpenApi, schemas: Mapping[str, OpenApi], name: str = "") -> object:
    """An example of the schema: required fields, and those in `BY_FIELD`. `name` is the field's."""
    schema = _resolved(schema, schemas)
    if schema.get("examples"):
        return schema["examples"][0]
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return BY_FIELD[name] if BY_FIELD.get(name) in schema["enum"] else schema["enum"][0]
    if schema.get("type") == "object" and "properties" in schema:
        return _object(schema, schemas)
    return BY_FIELD[name] if name in BY_FIELD else _plain(schema, schemas, name)


def _object(schema: OpenApi, schemas: Mapping[str, OpenApi]) -> dict[str, object]:
    required = schema.get("required", ())
    fields = [field for field in schema["properties"] if field in required or field in BY_FIELD]
    return {field: example_of(schema["properties"][field], schemas, field) for field in fields}


def _plain(schema: OpenApi, schemas: Mapping[str, OpenApi], name: str) -> object:
    kind = schema.get("type")
    if kind == "array":
        return [example_of(schema.get("items", {}), schemas, name)]
    if kind in ("integer", "number"):
        return int(schema.get("minimum", 1))
    if kind == "boolean":
        return schema.get("default", True)
    if kind == "object":
        return {}
    return BY_FORMAT.get(schema.get("format", ""), schema.get("default") or f"a {name.replace('_', ' ') or 'text'}")


def _resolved(schema: OpenApi, schemas: Mapping[str, OpenApi]) -> OpenApi:
    while "$ref" in schema or "anyOf" in schema:
        if "$ref" in schema:
            schema = schemas[schema["$ref"].rsplit("/", 1)[-1]]
        else:
            schema = next(option for option in schema["anyOf"] if option.get("type") != "null")
    return schema
