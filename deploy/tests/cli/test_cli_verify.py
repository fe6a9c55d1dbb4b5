"""`desk verify` finds facts that were changed or removed in the databases, and names them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import ClientCursor

from desk_deploy.postgres.instance import EmbeddedPostgres
from desk_deploy.testing.command_line import run
from desk_deploy.testing.reused_database import new_database

from .small_log import written

pytestmark = [pytest.mark.postgres, pytest.mark.slow]
SERVICES = ("intake", "triage", "sla", "billing", "docs")
OTHERS = ("intake", "sla", "billing", "docs")
ACTOR = """UPDATE {service}.stored_events SET state = convert_to(
    regexp_replace(convert_from(state, 'UTF8'), '"actor":"[^"]*"', '"actor":"staff:mallory"'), 'UTF8')
    WHERE owner = 'triage' AND originator_id = %s AND ownerseq = %s"""
REMOVED = "DELETE FROM {service}.stored_events WHERE owner = 'triage' AND originator_id = %s AND ownerseq = %s"
OF_TRIAGE = "{what} FROM {service}.stored_events WHERE owner = 'triage' AND originator_id = %s AND ownerseq = %s"
NO_FACT = """UPDATE {service}.stored_events SET state = 'garbage'
    WHERE owner = 'triage' AND originator_id = %s AND ownerseq = %s"""


class Imported:
    """A desk's database with a few tickets, and the file of its anchored heads."""

    def __init__(self, database: str, anchor: Path) -> None:
        self.database, self.anchor = database, anchor
        with psycopg.connect(database) as session:
            query = """SELECT originator_id, max(ownerseq) FROM triage.stored_events
                WHERE owner = 'triage' AND strpos(originator_id, ':') = 0 GROUP BY 1 ORDER BY 2 DESC, 1"""
            self.ticket, self.last = session.execute(query).fetchall()[0]

    @contextmanager
    def changed(self, statement: str, services: Sequence[str], ownerseq: int) -> Iterator[None]:
        """With the statement run in these services' stores, for that fact of triage; snapshots are removed."""
        place = (self.ticket, ownerseq)
        with psycopg.connect(self.database, autocommit=True) as session:
            for service in services:
                kept = f"CREATE TABLE kept_{service} AS {OF_TRIAGE.format(what='SELECT *', service=service)}"
                session.execute(ClientCursor(session).mogrify(kept, place).encode())
                session.execute(statement.format(service=service).encode(), place)
                session.execute(f"DELETE FROM {service}.snapshots".encode())
            yield
            for service in services:
                session.execute(OF_TRIAGE.format(what="DELETE", service=service).encode(), place)
                session.execute(f"INSERT INTO {service}.stored_events SELECT * FROM kept_{service}".encode())
                session.execute(f"DROP TABLE kept_{service}".encode())

    def found(self) -> tuple[int, set[tuple[str, str, str]]]:
        """Exit code of `verify`; kind, service and detail of each difference of the changed ticket."""
        done = run("verify", "--database", self.database, "--anchor", self.anchor, "--json")
        rows = json.loads(done.stdout)["differences"]
        assert {row["aggregate"] for row in rows} <= {self.ticket}
        return done.returncode, {(row["kind"], row["service"], row["detail"]) for row in rows}


@pytest.fixture(scope="module")
def imported(postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Imported]:
    folder = tmp_path_factory.mktemp("verify")
    log, mapping = written(folder)
    with new_database(postgres) as database:
        done = run("import", "log", log, "--mapping", mapping, "--database", database)
        assert done.returncode == 0, done.stderr
        desk = Imported(database, folder / "heads.json")
        assert desk.found() == (0, set())
        assert desk.last >= 3
        yield desk


def test_a_fact_that_was_changed_in_one_store_is_named(imported: Imported) -> None:
    with imported.changed(ACTOR, ["docs"], 2):
        code, found = imported.found()
    assert code == 1
    assert ("bytes", "docs", "fact 2 of triage has other bytes than in triage") in found
    broken = "fact 3 of triage: it was recorded after another fact than the one that is stored before it"
    assert [detail for kind, _, detail in found if kind == "chain"] == [broken]


def test_a_fact_that_was_changed_in_every_store_breaks_its_chain(imported: Imported) -> None:
    with imported.changed(ACTOR, SERVICES, 2):
        code, found = imported.found()
    assert code == 1
    assert {service for kind, service, detail in found if kind == "chain" and "fact 3" in detail} == set(SERVICES)
    assert ("anchor", "triage", f"fact {imported.last} of triage was anchored with other bytes") not in found


@pytest.mark.parametrize("statement", [ACTOR, REMOVED], ids=["changed", "removed"])
def test_the_last_fact_that_was_changed_or_removed_everywhere_differs_from_the_anchor(
    imported: Imported, statement: str
) -> None:
    before = imported.anchor.read_bytes()
    with imported.changed(statement, SERVICES, imported.last):
        code, found = imported.found()
    how = "with other bytes" if statement == ACTOR else "and is missing"
    assert code == 1
    assert ("anchor", "triage", f"fact {imported.last} of triage was anchored {how}") in found
    assert imported.anchor.read_bytes() == before, "a difference must not become the new anchor"


def test_a_fact_that_was_removed_in_the_middle_is_named(imported: Imported) -> None:
    with imported.changed(REMOVED, OTHERS, 2):
        code, found = imported.found()
    assert code == 1
    chains = {(service, detail) for kind, service, detail in found if kind == "chain"}
    assert chains == {(service, "fact 2 of triage: the fact is missing") for service in OTHERS}


def test_bytes_that_are_no_fact_are_named_and_end_nothing(imported: Imported) -> None:
    with imported.changed(NO_FACT, ["sla"], 2):
        code, found = imported.found()
    assert code == 1
    assert ("chain", "sla", "fact 2 of triage: its bytes are no fact") in found
    assert ("bytes", "sla", "fact 2 of triage has other bytes than in triage") in found


def test_an_anchor_that_cannot_be_read_is_refused(imported: Imported, tmp_path: Path) -> None:
    broken = tmp_path / "heads.json"
    broken.write_text("{")
    done = run("verify", "--database", imported.database, "--anchor", broken)
    assert done.returncode == 1
    assert "cannot be read as anchored heads" in done.stderr
