"""Texts that nobody can guess, put where people and the PSA put personal data, and looked for wherever data lies."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from typing import Any

import psycopg

from desk.contract.event import Event
from desk.decision.command import Command
from desk.eventstore.aggregate_replica import digest
from desk.eventstore.store import Store

_FREE = """actions basis cause claimed description evidence none_ruled_out note notes observed problem reason
    reported_hostname reported_upn result root_cause statement steps terms text upn what what_failed where why"""
_CODES = """alert approved_by asset_class billable client clock code contact device document entries entry follow_up
     follows gap hit id incident invoice kind matches message messages other owner page queue rate ref reference
     revision role root seen_by session snapshot source statement_version symptom technician to tool vendor wait
    work_type zero_reason not_a_duplicate"""
FREE_TEXT = frozenset(_FREE.split())
"""Fields of commands that hold what a person writes."""
CODES = frozenset(_CODES.split())
"""Fields of commands that hold an id, a code of a list, or a version, and travel in plain."""


class Canaries:
    """Makes canaries by name and knows them again."""

    def __init__(self) -> None:
        self.made: dict[str, str] = {}

    def __call__(self, name: str, form: str = "{}") -> str:
        """A new canary; `form` makes it look like an address or a name."""
        token = f"q{secrets.token_hex(9)}"
        self.made[f"{name} {len(self.made)}"] = token
        return form.format(token)

    def number(self, name: str) -> str:
        """A phone number."""
        token = str(secrets.randbelow(10**11) + 10**11)
        self.made[f"{name} {len(self.made)}"] = token
        return f"+{token}"

    def found(self, data: bytes) -> set[str]:
        """Names of the canaries in these bytes, also where they stand in hexadecimal."""
        return {
            name for name, token in self.made.items() if token.encode() in data or token.encode().hex().encode() in data
        }


def tables(database: str) -> Iterator[tuple[str, bytes]]:
    """Every table of the database with all its bytes: facts, parked records, effects, views, snapshots, receipts."""
    names = (
        "SELECT schemaname, tablename FROM pg_tables"
        " WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2"
    )
    with psycopg.connect(database) as session:
        for schema, table in session.execute(names).fetchall():
            statement = f'COPY "{schema}"."{table}" TO STDOUT (FORMAT BINARY)'
            with session.cursor().copy(statement.encode()) as copy:
                yield f"{schema}.{table}", b"".join(bytes(part) for part in copy)


def string_fields(document: dict[str, Any]) -> set[str]:
    """Names of all fields of commands' bodies that take any text."""
    found: set[str] = set()
    for path, operations in document["paths"].items():
        content = operations.get("post", {}).get("requestBody", {}).get("content", {})
        if path.startswith("/tickets") and "application/json" in content:
            found |= set(_texts(content["application/json"]["schema"], document["components"]["schemas"]))
    return found


def free_texts(commands: Iterable[Command]) -> set[tuple[str, str]]:
    """(command, field) of everything that a person may write into these commands."""
    schemas = {command.name: command.body.model_json_schema() for command in commands}
    return {
        (name, field)
        for name, schema in schemas.items()
        for field in _texts(schema, schema.get("$defs", {}))
        if field in FREE_TEXT
    }


def _texts(schema: dict[str, Any], known: dict[str, Any], name: str = "") -> Iterator[str]:
    if "$ref" in schema:
        schema = known[schema["$ref"].rsplit("/", 1)[-1]]
    for option in (*schema.get("anyOf", ()), *([schema["items"]] if "items" in schema else ())):
        yield from _texts(option, known, name)
    for field, part in schema.get("properties", {}).items():
        yield from _texts(part, known, field)
    if schema.get("type") == "string" and not {"enum", "const", "format"} & schema.keys():
        yield name


def broken_links(store: Store, decode: Any) -> list[str]:
    """Places at which a fact does not name the hash of the one before it."""
    query = "SELECT originator_id, owner, state FROM stored_events ORDER BY originator_id, owner, ownerseq"
    rows: Iterable[tuple[str, str, bytes]] = store.execute(lambda cursor: cursor.execute(query).fetchall())
    heads: dict[tuple[str, str], str] = {}
    wrong = []
    for aggregate, owner, raw in rows:
        event: Event = decode(bytes(raw))
        if event.prevhash != heads.get((aggregate, owner), ""):
            wrong.append(f"{aggregate} {owner} {event.ownerseq}")
        heads[aggregate, owner] = digest(bytes(raw))
    return wrong
