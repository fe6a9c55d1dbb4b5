"""pytest fixtures for real infrastructure, started on first use; the root conftest offers them to every test folder."""

import os
import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from desk_deploy.kafka.provider import find_broker
from desk_deploy.migrating import migrate_all
from desk_deploy.postgres.instance import EmbeddedPostgres
from desk_deploy.testing.reused_database import ReusedDatabase, new_database
from desk_deploy.up.process import LaunchError


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """List skipped tests with their reasons, because letters in the progress line are easily overlooked."""
    skipped = terminalreporter.stats.get("skipped", [])
    reasons = Counter(str(report.longrepr[2]).removeprefix("Skipped: ") for report in skipped)
    for reason, tests in sorted(reasons.items()):
        terminalreporter.write_line(f"NOT TESTED ({tests}): {reason}", yellow=True, bold=True)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """A PostgreSQL server for the session, without fsync."""
    with EmbeddedPostgres(tmp_path_factory.mktemp("postgres"), fsync=False) as server:
        yield server


@pytest.fixture(scope="session")
def migrated(postgres: EmbeddedPostgres) -> str:
    """Name of a template database with the empty tables of all services, because copying is faster than migrating."""
    name = "migrated"
    with psycopg.connect(postgres.url, autocommit=True) as session:
        session.execute(f"CREATE DATABASE {name}")
    migrate_all(postgres.url_of(name))
    return name


@pytest.fixture(scope="session")
def reused_database(postgres: EmbeddedPostgres, migrated: str) -> ReusedDatabase:
    """The database of `database`."""
    return ReusedDatabase(postgres, migrated)


@pytest.fixture
def database(reused_database: ReusedDatabase) -> Iterator[str]:
    """URL of a database with the empty tables of every service. Emptied afterwards, even with open sessions."""
    with reused_database.of_a_test() as url:
        yield url


@pytest.fixture
def empty_database(postgres: EmbeddedPostgres) -> Iterator[str]:
    """URL of a database for one test without any table, for tests of migrations."""
    with new_database(postgres) as url:
        yield url


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Bootstrap address of a real Apache Kafka, shared by the session: use `kafka_prefix` for topics and groups.

    Skipped when no broker is available. In CI (CI=true), a broker that is available but fails is an error."""
    broker, why = None, "no DESKSTREAM_KAFKA, no Docker engine, no JDK with Maven"
    try:
        broker = find_broker(tmp_path_factory.mktemp("kafka"))
    except LaunchError as error:
        if os.environ.get("CI") == "true":
            raise
        why = str(error)
    if broker is None:
        pytest.skip(f"no Apache Kafka: {why}")
    yield broker.bootstrap
    broker.stop()


@pytest.fixture
def kafka_prefix() -> str:
    """Prefix for the names of this test's topics and consumer groups."""
    return f"t{uuid.uuid4().hex[:12]}."


@pytest.fixture(scope="session")
def real_data(request: pytest.FixtureRequest) -> Path:
    """Folder with real logs and captured callbacks: DESKSTREAM_DATA, else `shared/data` in a folder above the
    repository."""
    given = os.environ.get("DESKSTREAM_DATA")
    candidates = [Path(given)] if given else [place / "shared" / "data" for place in request.config.rootpath.parents]
    for candidate in candidates:
        if candidate.is_dir():
            return candidate
    pytest.skip("no real data: put it into ../shared/data or set DESKSTREAM_DATA to its folder")
