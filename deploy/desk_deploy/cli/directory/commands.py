"""The commands that record the directory of a desk without a PSA: their addresses, and the order of an import."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple
from urllib.parse import quote

from desk.http.commands.command_answer import CommandAnswer
from desk_deploy.cli.client import Desk

Kind = Literal["client", "contact", "device", "agreement", "staff"]
KINDS: tuple[Kind, ...] = ("client", "contact", "device", "agreement", "staff")
"""In the order in which they are recorded: a client comes before its contacts, devices and agreements."""
OF_CLIENT = frozenset({"contact", "device", "agreement"})
"""Kinds whose records belong to a client; their id is a field of the body with the kind's name."""


class Record(NamedTuple):
    """One record to add: its kind, id and body; `client` is empty for clients and staff. `place` names its line."""

    kind: Kind
    name: str
    client: str
    body: Mapping[str, object]
    place: str = ""


def add(desk: Desk, record: Record) -> list[str]:
    """Send the record; returns the names of the facts that it led to, none when it was recorded already."""
    body = {**record.body, record.kind: record.name} if record.kind in OF_CLIENT else dict(record.body)
    return desk.run(_path(record), CommandAnswer, body).names


def _path(record: Record) -> str:
    parent = "staff" if record.kind == "staff" else "clients"
    subject = quote(record.client if record.kind in OF_CLIENT else record.name, safe="")
    return f"/intake/{parent}/{subject}/add-{record.kind}"
