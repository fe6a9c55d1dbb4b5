"""The checker's evidence: rows of the five stores, raw records of the topics, the PSA's records and ledger.

Reads PostgreSQL, Kafka and HTTP by themselves and decodes JSON; nothing of the services' code is used.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import httpx
import psycopg
from aiokafka import AIOKafkaConsumer, TopicPartition  # type: ignore[import-untyped]
from aiokafka.admin import AIOKafkaAdminClient  # type: ignore[import-untyped]

SERVICES = ("intake", "triage", "sla", "billing", "docs")
FACTS = (
    "SELECT originator_id, owner, ownerseq, event_id::text, own, state FROM {0}.stored_events ORDER BY notification_id"
)
VIEW = (
    "SELECT ticket_id, source, source_record, kind, status, client, contact, cycle, reopen_count, reassignment_count,"
    " impact, urgency, priority, queue, technician, flags FROM {0}.tickets"
)
PARKED = "SELECT cause, count(*) FROM {0}.parked WHERE state = 'waiting' GROUP BY cause"
EFFECTS = "SELECT kind, state, count(*) FROM {0}.effects GROUP BY kind, state"
STOPPED = "SELECT record FROM intake.psa_stopped"
LOGIN = ("examplemsp+PUBLICKEY", "PRIVATEKEY")
CLIENT = "11111111-2222-3333-4444-555555555555"


class Fact(NamedTuple):
    """One row of a store, or one record of a topic (`own` is then meaningless)."""

    aggregate: str
    owner: str
    ownerseq: int
    id: str
    own: bool
    raw: bytes


class Store(NamedTuple):
    """One service's database. `facts` are in the order in which they were recorded."""

    facts: list[Fact]
    view: dict[str, tuple[Any, ...]]
    parked: dict[str, int]
    effects: dict[str, int]


class Psa(NamedTuple):
    """The vendor's side: tickets, notes and time entries as they are, and every call that changed something."""

    tickets: list[dict[str, Any]]
    notes: dict[int, list[dict[str, Any]]]
    times: list[dict[str, Any]]
    writes: list[dict[str, Any]]
    outcomes: dict[str, int]


class Evidence(NamedTuple):
    """All of it. Without a broker `topic` holds what each owner recorded. `stopped` are PSA records that are not
    written any more because two sides fought over them.
    """

    stores: dict[str, Store]
    topic: list[Fact]
    psa: Psa
    journal: list[dict[str, Any]]
    stopped: frozenset[str]


async def gather(run: dict[str, Any], journal: str) -> Evidence:
    """Read everything; `journal` is the generator's, as JSON lines."""
    lines = journal.splitlines()
    with psycopg.connect(run["database"], autocommit=True) as session:
        stores = {name: _store(session, name) for name in SERVICES}
        stopped = frozenset(row[0] for row in session.execute(STOPPED))
    own = [fact for store in stores.values() for fact in store.facts if fact.own]
    topic = await _topic(run["kafka"], run["prefix"]) if run["kafka"] else own
    return Evidence(stores, topic, _psa(run["psa"]), [json.loads(line) for line in lines], stopped)


def _store(session: psycopg.Connection[Any], name: str) -> Store:
    def rows(query: str) -> list[Any]:
        return session.execute(query.format(name).encode()).fetchall()

    facts = [Fact(*row) for row in rows(FACTS)]
    view = {row[0]: tuple(row[1:]) for row in rows(VIEW)}
    effects = {f"{kind} {state}": number for kind, state, number in rows(EFFECTS)}
    return Store(facts, view, dict(rows(PARKED)), effects)


async def _topic(bootstrap: str, prefix: str) -> list[Fact]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        found = [topic for topic in await admin.describe_topics() if topic["topic"].startswith(prefix)]
    finally:
        await admin.close()
    parts = [TopicPartition(topic["topic"], part["partition"]) for topic in found for part in topic["partitions"]]
    facts: list[Fact] = []
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False) as consumer:
        for part, end in (await consumer.end_offsets(parts)).items():
            consumer.assign([part])
            consumer.seek(part, 0)
            while end and await consumer.position(part) < end:
                for records in (await consumer.getmany(part, timeout_ms=500)).values():
                    facts += [_fact(record, prefix) for record in records]
    return facts


def _fact(record: Any, prefix: str) -> Fact:
    body = json.loads(record.value)
    stream = record.topic.removeprefix(prefix).split(".")[1]
    subject = record.key.decode()
    aggregate = subject if stream == "tickets" else f"{stream}:{subject}"
    return Fact(aggregate, body["source"].split("/")[2], body["ownerseq"], body["id"], False, record.value)


def _psa(address: str) -> Psa:
    with httpx.Client(base_url=address, auth=LOGIN, headers={"clientid": CLIENT}, timeout=60.0) as http:

        def listed(path: str) -> list[dict[str, Any]]:
            found: list[dict[str, Any]] = []
            while True:
                page = {"pageSize": 1000, "page": len(found) // 1000 + 1}
                rows = http.get(f"/v2025_1/apis/3.0/{path}", params=page).raise_for_status().json()
                found += rows
                if len(rows) < 1000:
                    return found

        tickets = listed("service/tickets")
        notes = {ticket["id"]: listed(f"service/tickets/{ticket['id']}/notes") for ticket in tickets}
        ledger = http.get("/_simulator/ledger", params={"limit": 1_000_000}).json()
        return Psa(tickets, notes, listed("time/entries"), _writes(ledger["calls"]), ledger["outcomes"])


def _writes(calls: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [c for c in calls if c["method"] not in ("GET", "HEAD") and c["status"] < 300 and c["member"] == "DeskAPI"]
