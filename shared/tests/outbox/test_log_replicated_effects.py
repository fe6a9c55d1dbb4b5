"""Calls planned for replicated facts, tables of a service's own, and history of a live record."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from desk.contract.event import Event
from desk.contract.ticket.intake import INITIAL, evolve, psa
from desk.decision.planning import Intent
from desk.eventstore.event_log import EventLog
from desk.eventstore.handler_registry import Tables
from desk.eventstore.schema import migrate
from desk.inbox.inbox import Inbox
from desk.testing.facts import event, history
from desk.testing.notes import NOTES, NoPolicies, text_of
from desk.testing.peers import Peer

REVISION = """
from alembic import op

revision = "{revision}"
down_revision = {before}


def upgrade() -> None:
    op.execute("CREATE TABLE {table} (one int)")
"""


def call(fact: Event, _state: Any) -> list[Intent]:
    return [Intent("telling", text_of(fact))]


@pytest.fixture
def log(database: str) -> Iterator[EventLog]:
    migrate(database, "docs")
    opened = EventLog(database, "docs", NOTES, Tables(effects={"desk.intake.said.v1": call}), NoPolicies())
    opened.start()
    yield opened
    opened.stop()


def planned(log: EventLog) -> list[tuple[str, int]]:
    return log.store.execute(lambda c: c.execute("SELECT kind, count(*) FROM effects GROUP BY 1").fetchall())


@pytest.mark.postgres
def test_a_call_is_planned_once_for_a_fact_that_is_delivered_twice(log: EventLog) -> None:
    record = Peer().says("a")
    for _ in range(2):
        Inbox(log).apply([record])
    assert planned(log) == [("telling", 1)]


@pytest.mark.postgres
def test_no_call_is_planned_for_imported_history(log: EventLog) -> None:
    Inbox(log).apply([Peer().says("a", origin="import")])
    assert planned(log) == []


@pytest.mark.postgres
def test_a_service_brings_tables_of_its_own_that_are_counted_apart(database: str, tmp_path: Path) -> None:
    (tmp_path / "0001_a.py").write_text(REVISION.format(revision="0001", before=None, table="ours"))
    migrate(database, "docs", tmp_path)
    (tmp_path / "0002_b.py").write_text(REVISION.format(revision="0002", before='"0001"', table="more"))
    for _ in range(2):
        migrate(database, "docs", tmp_path)
    with psycopg.connect(database) as connection:
        query = "SELECT (SELECT version_num FROM docs.own_schema_versions), to_regclass('docs.more')::text"
        assert connection.execute(query).fetchone() == ("0002", "docs.more")
        assert connection.execute("SELECT count(*) FROM docs.schema_versions").fetchone() == (1,)


def observed(seq: int, before: str | None, after: str, via: psa.Via = "webhook") -> psa.PsaObserved:
    return psa.PsaObserved(
        instance="cw", record="1", source_seq=seq, revision=str(seq), status_class="open", psa_actor="psa-member:x",
        via=via, changed={"status": psa.Change(before, after)}, status_id=after,
    )  # fmt: skip


def test_history_older_than_what_a_live_record_shows_waits_for_its_ruling_and_changes_nothing_shown() -> None:
    first = event(observed(1, None, "15"), seq=1)
    late = event(observed(2, "14", "99", "history"), seq=2, time=first.time - timedelta(hours=1))
    s = evolve(evolve(INITIAL, first), late)
    assert (s.psa_fields, s.status_id, s.status_seq, s.observed) == ({"status": "15"}, "15", 2, 2)


def test_what_was_written_back_is_what_the_psa_shows() -> None:
    synced = psa.PsaSynced(
        effect="e", fields=("status",), shown=7, revision="r", wrote={"status": "23"}, status_class="resolved"
    )
    facts = history(observed(1, None, "15"), synced)
    s = evolve(evolve(INITIAL, facts[0]), facts[1])
    assert (s.psa_fields, s.status_id, s.status_class, s.written_back_seq) == ({"status": "23"}, "23", "resolved", 7)
