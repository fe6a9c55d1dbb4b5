"""A desk goes on with the data directory of an earlier release: nothing is lost, and the PSA is read."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from tests.upgrades.dumps import SERVICES, migrate_all, restore_data_directory, restore_dump
from tests.upgrades.stepping import migrate_to_next_release

from desk_deploy.postgres.instance import EmbeddedPostgres
from desk_deploy.testing.command_line import Up, up

RUN = ("1263c25", "c1fbffa", "b6d4bc8")
FACTS = "SELECT originator_id, originator_version, state FROM {}.stored_events"
READ = (
    "SELECT count(*) FILTER (WHERE state = 'read' AND received > %s) >= 3"
    " AND count(*) FILTER (WHERE state = 'unread' AND received < now() - interval '3 s') = 0 FROM intake.psa_receipts"
)
"""Whether callbacks that came since the start were read, and none waits."""
PATIENCE = 60.0


def _facts(url: str, service: str) -> dict[tuple[str, int], bytes]:
    with psycopg.connect(url) as session:
        rows = session.execute(FACTS.format(service)).fetchall()
    return {(str(row[0]), int(row[1])): bytes(row[2]) for row in rows}


def _note(desk: Up) -> dict[str, Any]:
    return dict(json.loads((desk.data / "desk.json").read_text()))


def _until(holds: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, f"{what}: not within {PATIENCE:.0f} s"
        time.sleep(0.25)


@pytest.mark.postgres
@pytest.mark.slow
@pytest.mark.parametrize("release", RUN)
def test_the_newest_release_works_on_the_data_of_an_earlier_one(
    release: str, tmp_path: Path, new_database: Callable[[], str]
) -> None:
    original = new_database()
    restore_dump(original, release)
    restore_data_directory(tmp_path, release)

    start = datetime.now(UTC)
    with up(tmp_path, "--demo") as desk:
        note = _note(desk)
        headers = {"Authorization": f"Bearer {note['token']}"}
        with httpx.Client(base_url=note["url"], headers=headers, timeout=10) as client:
            for service in SERVICES:
                before, now = _facts(original, service), _facts(note["database"], service)
                assert before
                assert before.items() <= now.items(), service

            def callbacks_are_read() -> bool:
                with psycopg.connect(note["database"]) as session:
                    row = session.execute(READ, (start,)).fetchone()
                return row is not None and bool(row[0])

            _until(callbacks_are_read, "callbacks of the PSA are read")
            assert client.get("/intake/health/ready").status_code == 200
        assert "the views match the facts" in desk.said("verify")
        assert desk.json("parked", "list") == []


@pytest.mark.postgres
@pytest.mark.slow
def test_a_release_serves_on_the_tables_of_the_next_one(tmp_path: Path) -> None:
    data, newer = tmp_path / "data", tmp_path / "revisions"
    data.mkdir()
    newer.mkdir()
    restore_data_directory(data, "b6d4bc8")
    with EmbeddedPostgres(data, fsync=False) as server:
        migrate_all(server.url)
        for service in SERVICES:
            migrate_to_next_release(server.url, service, newer)

    with up(data) as desk:
        assert "the views match the facts" in desk.said("verify")
        assert desk.json("tickets")
