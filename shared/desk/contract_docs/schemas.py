"""JSON Schemas (draft 2020-12): one for the envelope, and one per type for its data."""

from __future__ import annotations

from typing import Any

import msgspec

from desk.contract.envelope import RawEnvelope
from desk.contract.event import CycleRule, Payload

DIALECT = "https://json-schema.org/draft/2020-12/schema"
Schema = dict[str, Any]  # Any: nested JSON of msgspec's making, read by key
EXTENSIONS = {
    "ownerseq": "Counts 1, 2, 3 ... per stream, owner and subject: order and completeness are checked with it.",
    "recordedtime": "Time at which the owner recorded it, by a hybrid logical clock: causes before effects.",
    "actor": "The actor: person, service, psa-member or bot, a colon, and the id.",
    "mode": "Origin of the decision: the process, work in the PSA outside of it, an import, or a waiver.",
    "origin": "Whether it was recorded live, by an import or by a repair.",
    "basis": "Vector that the decision was based on: owner=ownerseq, joined by commas.",
    "naturalkey": "Identifies the fact when it is decided again.",
    "prevhash": "SHA-256 (hex) of the owner's fact before it on this subject; empty on the first.",
    "cycle": "The cycle that the fact belongs to.",
    "attempt": "The attempt inside the cycle.",
    "correlationid": "Shared by all facts that one command or observation led to.",
    "causationid": "The fact that caused it, or the command whose sender named the correlationid.",
    "traceparent": "W3C trace context.",
}


def doc_line(payload: type[Payload]) -> str:
    """The first paragraph of the class's own docstring in one line; empty when it has none."""
    text = payload.__dict__.get("__doc__") or ""
    return " ".join(text.strip().partition("\n\n")[0].split())


def envelope() -> Schema:
    """The schema of the envelope."""
    _, components = msgspec.json.schema_components([RawEnvelope], ref_template="#/$defs/{name}")
    schema: Schema = components["RawEnvelope"]
    for name, meaning in EXTENSIONS.items():
        schema["properties"][name]["description"] = meaning
    title = "Envelope of every fact: CloudEvents 1.0 with the extension attributes of Deskstream"
    return {"$schema": DIALECT, "$id": "envelope.json", **schema, "title": title}


def of_type(type_name: str, payload: type[Payload]) -> Schema:
    """The schema of one type: the envelope with its type, and its data."""
    (data,), defs = msgspec.json.schema_components([payload], ref_template="#/$defs/{name}")
    required = ["cycle"] if payload.spec.cycle is CycleRule.ALWAYS else []
    return {
        "$schema": DIALECT,
        "$id": f"{type_name}.json",
        "title": type_name,
        "description": doc_line(payload),
        "allOf": [{"$ref": "envelope.json"}],
        "properties": {
            "type": {"const": type_name},
            "source": {"const": f"/desk/{type_name.split('.')[1]}"},
            "data": data,
        },
        "required": ["data", *required],
        "$defs": defs,
    }
