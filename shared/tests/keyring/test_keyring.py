"""The key ring in PostgreSQL: one key per subject, also for concurrent callers."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from desk.contract.event import Sealed
from desk.contract.sealing import seal, unseal
from desk.contract.ticket.docs.facts import ResolutionDocumented
from desk.eventstore.errors import StoreUnavailable
from desk.keyring.postgres import PostgresKeyRing
from desk_deploy.postgres.instance import EmbeddedPostgres

pytestmark = pytest.mark.postgres
FACT = ResolutionDocumented(rev=1, root_cause="stale credentials", actions=("restart it",), symptom="vpn")


@pytest.fixture
def ring(database: str) -> Iterator[PostgresKeyRing]:
    with PostgresKeyRing(database) as made:
        yield made


def test_a_key_is_made_once_and_survives_the_process(ring: PostgresKeyRing, database: str) -> None:
    key = ring.key_for("person:pat")
    with PostgresKeyRing(database) as another:
        assert another.key_for("person:pat") == key
        assert another.get(key.id) == key
    assert len(key.secret) == 32


def test_many_processes_that_ask_at_once_get_one_key(database: str) -> None:
    def ask(_: int) -> dict[str, str]:
        with PostgresKeyRing(database) as own:
            subjects = [f"person:{n}" for n in range(50)]
            own.ensure(subjects)
            return {subject: own.key_for(subject).id for subject in subjects}

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(8)))
    assert all(answer == answers[0] for answer in answers)
    assert len(set(answers[0].values())) == 50


def test_a_destroyed_key_is_gone_for_every_process_once_its_cache_ends(database: str) -> None:
    seconds = [0.0]
    with PostgresKeyRing(database) as one, PostgresKeyRing(database, ttl=60, now=lambda: seconds[0]) as two:
        sealed = seal(FACT, one, "person:pat")
        assert unseal(sealed, two) == FACT
        destroyed = one.destroy("person:pat")
        assert unseal(sealed, one) == sealed
        seconds[0] = 61
        assert unseal(sealed, two) == sealed
        assert isinstance(sealed.root_cause, Sealed) and sealed.root_cause.key == destroyed


def test_what_is_said_after_an_erasure_is_readable_by_nobody(ring: PostgresKeyRing, database: str) -> None:
    key = ring.key_for("person:pat")
    assert ring.destroy("person:pat") == key.id
    assert ring.destroy("person:pat") == key.id
    sealed = seal(FACT, ring, "person:pat")
    assert unseal(sealed, ring) == sealed
    with psycopg.connect(database) as connection:
        rows = connection.execute("SELECT key, destroyed_at FROM keyring.keys").fetchall()
    assert len(rows) == 1 and rows[0][0] is None and rows[0][1] is not None


def test_a_subject_that_never_had_a_key_has_none_to_destroy(ring: PostgresKeyRing) -> None:
    assert ring.destroy("person:nobody") is None
    assert ring.get("no-such-key") is None


def test_a_key_is_right_even_when_nothing_may_be_cached(database: str) -> None:
    with PostgresKeyRing(database, ttl=0) as ring:
        assert unseal(seal(FACT, ring, "person:pat"), ring) == FACT


def test_an_unreachable_database_fails_fast_and_says_so() -> None:
    with pytest.raises(StoreUnavailable):
        PostgresKeyRing("postgresql://nobody@127.0.0.1:1/none", timeout=0.5)


@pytest.mark.alone
def test_a_ring_whose_database_is_away_is_waited_for_once_and_comes_back_alone(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path, fsync=False) as server, PostgresKeyRing(server.url, ttl=0) as ring:
        key = ring.key_for("person:pat")
        server.kill()
        assert 1 < _seconds_until_refused(ring) < 3
        assert _seconds_until_refused(ring) < 0.2
        server.start()
        end = time.monotonic() + 10
        while True:
            try:
                assert ring.key_for("person:pat") == key
                break
            except StoreUnavailable:
                assert time.monotonic() < end
                time.sleep(0.1)


def _seconds_until_refused(ring: PostgresKeyRing) -> float:
    start = time.monotonic()
    with pytest.raises(StoreUnavailable):
        ring.key_for("person:pat")
    return time.monotonic() - start
