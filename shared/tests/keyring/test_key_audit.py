"""Audits the key ring against the facts of one store: missing keys, their subjects, keys that stay destroyed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from desk.contract.event import Actor, Draft, Payload, Stream
from desk.contract.key_ring import KeyEntry, KeyState
from desk.contract.streams.operations import KeyErased
from desk.contract.streams.people import PersonErased
from desk.contract.ticket.intake.conversation import NoteAdded
from desk.decision.context import DecisionContext
from desk.eventstore.catalogue_event_model import catalogued
from desk.eventstore.errors import StoreUnavailable
from desk.eventstore.event_log import EventLog
from desk.eventstore.handler_registry import Tables
from desk.eventstore.operations_events import RecordOperationsEvents
from desk.eventstore.schema import migrate
from desk.eventstore.unit_of_work.work_items import Command
from desk.keyring.audit import KeyAudit
from desk.keyring.postgres import KeyMissing, PostgresKeyRing
from desk.policies import PolicyBook
from desk.testing import controls as c

pytestmark = pytest.mark.postgres
OpenLog = Callable[[PostgresKeyRing], EventLog]


@pytest.fixture
def open_log(database: str) -> Iterator[OpenLog]:
    logs: list[EventLog] = []
    migrate(database, "intake")

    def made(ring: PostgresKeyRing) -> EventLog:
        log = EventLog(database, "intake", catalogued(ring), Tables(), PolicyBook())
        log.start()
        logs.append(log)
        return log

    yield made
    for log in logs:
        log.stop()


@pytest.fixture
def ring(database: str) -> Iterator[PostgresKeyRing]:
    with PostgresKeyRing(database) as made:
        yield made


def record(log: EventLog, subject: str, *facts: Payload, stream: Stream = Stream.TICKETS) -> None:
    context = DecisionContext(
        id=uuid4(), actor=Actor("service", "intake"), now=datetime.now(UTC), policies=PolicyBook()
    )
    drafts = [Draft(data=fact, cycle=1 if fact.spec.cycle == "always" else None) for fact in facts]
    log.writer.submit_wait(Command(stream, subject, lambda *_: drafts, context))


def sql(database: str, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(database, autocommit=True) as session:
        cursor = session.execute(query)
        return cursor.fetchall() if cursor.description else []


def note(text: str) -> NoteAdded:
    return NoteAdded(note=str(uuid4()), text=text, internal=True)


def test_whose_key_is_lost_is_read_off_the_facts_when_the_ring_cannot_say(
    database: str, open_log: OpenLog, ring: PostgresKeyRing
) -> None:
    log = open_log(ring)
    record(log, "t1", c.opening(contact=None), note("first"))
    record(log, "t2", c.opening(contact="pat"), note("second"), note("third"))
    record(log, "pat", c.contact(), stream=Stream.PEOPLE)
    sql(database, "TRUNCATE keyring.keys")
    report = KeyAudit(log, ring).turn()
    found = {key.subject: key for key in KeyAudit(log, ring).missing()}
    assert set(found) == {"ticket:t1", "person:pat"}
    assert found["person:pat"].aggregate == "t2"
    assert (report.missing, report.facts) == (2, found["ticket:t1"].facts + found["person:pat"].facts)
    assert found["person:pat"].facts == 4


def test_every_fact_is_counted_once_however_often_and_by_whom_the_log_is_read(
    database: str, open_log: OpenLog, ring: PostgresKeyRing
) -> None:
    log = open_log(ring)
    record(log, "t1", c.opening(contact=None))
    first, second = KeyAudit(log, ring), KeyAudit(log, ring)
    first.turn(), second.turn()
    record(log, "t1", note("first"), note("second"))
    second.turn(), first.turn(), first.turn()
    assert sql(database, "SELECT facts FROM intake.text_keys") == [(3,)]


def test_what_a_turn_could_not_compare_is_compared_by_the_next(
    database: str, open_log: OpenLog, ring: PostgresKeyRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = open_log(ring)
    audit = _turned(log, ring)
    record(log, "t1", c.opening(contact=None))
    sql(database, "DELETE FROM keyring.keys WHERE subject = 'ticket:t1'")
    with monkeypatch.context() as patch:
        patch.setattr(ring, "erased", _away)
        with pytest.raises(StoreUnavailable):
            audit.turn()
    assert audit.turn().missing == 1


def _away() -> list[KeyEntry]:
    raise StoreUnavailable


def test_a_subject_with_a_missing_key_gets_no_other_until_the_loss_is_accepted(
    database: str, open_log: OpenLog, ring: PostgresKeyRing
) -> None:
    log = open_log(ring)
    record(log, "t1", c.opening(contact=None))
    ((key,),) = sql(database, "SELECT key_id FROM keyring.keys")
    sql(database, "TRUNCATE keyring.keys")
    with PostgresKeyRing(database) as another:
        audit = KeyAudit(log, another)
        audit.turn()
        with pytest.raises(KeyMissing) as refused:
            another.key_for("ticket:t1")
        assert refused.value.members == {"subject": "ticket:t1", "keys": [key]}
        another.ensure(["ticket:t1", "ticket:t2"])
        assert sql(database, "SELECT subject FROM keyring.keys") == [("ticket:t2",)], "only its own key is withheld"
        assert another.states([key])[key] is KeyState.MISSING
        another.mark_missing([key_.entry for key_ in audit.missing()], abandoned=True)
        assert another.key_for("ticket:t1").id != key
        assert another.states([key])[key] is KeyState.ABANDONED


def test_a_key_that_came_back_is_missing_no_more(database: str, open_log: OpenLog, ring: PostgresKeyRing) -> None:
    log = open_log(ring)
    record(log, "t1", c.opening(contact=None))
    rows = sql(database, "SELECT key_id, subject, encode(key, 'hex') FROM keyring.keys")
    audit = KeyAudit(log, ring)
    audit.turn()
    sql(database, "TRUNCATE keyring.keys")
    assert audit.turn().missing == 1
    (key, subject, secret) = rows[0]
    sql(database, f"INSERT INTO keyring.keys (key_id, subject, key) VALUES ('{key}', '{subject}', '\\x{secret}')")
    assert audit.turn().missing == 0
    assert ring.key_for("ticket:t1").id == key
    assert sql(database, "SELECT * FROM keyring.missing_keys") == []


@pytest.mark.parametrize("by", ["person-erased", "key-erased", "ring"])
def test_a_destroyed_key_is_destroyed_again_by_whatever_remembers_it(
    database: str, open_log: OpenLog, ring: PostgresKeyRing, by: str
) -> None:
    log = open_log(ring)
    record(log, "t1", c.opening(contact="pat"))
    key = ring.key_for("person:pat").id
    mine = f"FROM keyring.keys WHERE key_id = '{key}'"
    ((secret,),) = sql(database, f"SELECT encode(key, 'hex') {mine}")
    if by == "person-erased":
        erased = PersonErased(erasure="e1", keys=(key,), by="person:ada", second="person:bob")
        record(log, "pat", erased, stream=Stream.PEOPLE)
    elif by == "key-erased":
        log.writer.submit_wait(RecordOperationsEvents((KeyErased(key=key, subject="person:pat"),)))
    else:
        ring.destroy("person:pat")
        assert [k.key for k in _turned(log, ring).unrecorded()] == [key], "a fact must carry it to the other stores"
    sql(database, f"UPDATE keyring.keys SET key = '\\x{secret}', destroyed_at = NULL WHERE key_id = '{key}'")
    audit = _turned(log, ring)
    assert sql(database, f"SELECT key {mine}") == [(None,)]
    assert (audit.report.erased, audit.report.erased_again, audit.report.missing) == (1, 1, 0)
    sql(database, "DELETE FROM keyring.keys")
    assert _turned(log, ring).report.missing == 0
    assert ring.states([key])[key] is KeyState.ERASED, "a lost ring remembers it again"
    assert ring.get(key) is None


def _turned(log: EventLog, ring: PostgresKeyRing) -> KeyAudit:
    audit = KeyAudit(log, ring)
    audit.turn()
    return audit


BROKEN = (
    "INSERT INTO intake.stored_events (originator_id, originator_version, topic, state, event_id, owner, ownerseq,"
    " recorded, own) SELECT originator_id, max(originator_version) + 1, '{topic}', state || 'x'::bytea,"
    " gen_random_uuid(), 'intake', max(ownerseq) + 1, now(), true FROM intake.stored_events"
    " WHERE originator_id = '{aggregate}' GROUP BY 1, state LIMIT 1"
)


@pytest.mark.parametrize("topic", ["desk.intake.key-erased.v1", "desk.intake.note-added.v1"])
def test_a_fact_that_cannot_be_read_does_not_end_the_audit_of_the_others(
    database: str, open_log: OpenLog, ring: PostgresKeyRing, topic: str
) -> None:
    log = open_log(ring)
    record(log, "T1", note("printer on fire"))
    sql(database, BROKEN.format(topic=topic, aggregate="T1"))
    record(log, "T2", note("smoke"))
    sql(database, "DELETE FROM keyring.keys")
    assert KeyAudit(log, ring).turn().missing == 2
