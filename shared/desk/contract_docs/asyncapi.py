"""The AsyncAPI 3 document: a channel per topic, a message per type, senders and receivers."""

from __future__ import annotations

import yaml

from desk.contract.catalogue import TYPES
from desk.contract.event import OWNERS, Payload, Stream
from desk.contract.planned import is_planned
from desk.contract_docs.schemas import doc_line

KEYS = {
    Stream.TICKETS: "the ticket's id",
    Stream.PEOPLE: "the id of the contact or member of staff",
    Stream.CLIENTS: "the client's id",
    Stream.INCIDENTS: "the incident's id",
    Stream.CHANGES: "the change request's id",
    Stream.POLICIES: "the policy's id",
    Stream.SECURITY: "the id of the person or object concerned",
    Stream.OPS: "the service",
}
CONTENT = "application/cloudevents+json"


def document() -> str:
    """The whole document as YAML."""
    tree = {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Deskstream",
            "version": "1.0.0",
            "description": "The facts of the service desk. Every fact has one owner, and only the owner records it.",
        },
        "defaultContentType": CONTENT,
        "channels": {stream.value: _channel(stream) for stream in Stream},
        "operations": _operations(),
        "components": {"messages": {name: _message(name, payload) for name, payload in TYPES.items()}},
    }
    return yaml.safe_dump(tree, sort_keys=False, allow_unicode=True, width=120)


def _of(stream: Stream, owner: str | None = None) -> list[str]:
    return [
        name for name, payload in TYPES.items() if payload.spec.stream is stream and owner in (None, name.split(".")[1])
    ]


def _channel(stream: Stream) -> dict[str, object]:
    return {
        "address": stream.topic,
        "description": f"Key: {KEYS[stream]}. Facts of one key and one owner come in the order of ownerseq.",
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in _of(stream)},
    }


def _operations() -> dict[str, object]:
    sends = {(stream, owner): _of(stream, owner) for stream in Stream for owner in OWNERS}
    return {
        **{
            f"{owner}-records-{stream.value}": _operation("send", stream, f"{owner} records", names)
            for (stream, owner), names in sends.items()
            if names
        },
        **{
            f"hear-{stream.value}": _operation("receive", stream, "every service receives", _of(stream))
            for stream in Stream
        },
    }


def _operation(action: str, stream: Stream, summary: str, names: list[str]) -> dict[str, object]:
    channel = f"#/channels/{stream.value}"
    return {
        "action": action,
        "channel": {"$ref": channel},
        "summary": f"{summary} these facts",
        "messages": [{"$ref": f"{channel}/messages/{name}"} for name in names],
    }


def _message(name: str, payload: type[Payload]) -> dict[str, object]:
    return {
        "name": name,
        "title": payload.name,
        "summary": doc_line(payload),
        "contentType": CONTENT,
        "payload": {
            "schemaFormat": "application/schema+json;version=draft-2020-12",
            "schema": {"$ref": f"./schemas/{name}.json"},
        },
        "x-natural-key": list(payload.spec.key),
        "x-cycle": payload.spec.cycle.value,
        **({"x-planned": True} if is_planned(payload) else {}),
    }
