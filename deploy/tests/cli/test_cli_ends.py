"""A desk goes on with its data after any end, on a PostgreSQL of its own or on one that was given."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from desk_deploy.testing.command_line import run, up

from .small_log import written

pytestmark = [pytest.mark.postgres, pytest.mark.slow]


@pytest.fixture
def log(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return written(tmp_path_factory.mktemp("log"))


def test_the_desk_goes_on_with_its_data_after_every_kind_of_end(tmp_path: Path, log: tuple[Path, Path]) -> None:
    data = tmp_path / ("a directory with a long name " * 7) / "desk"
    with up(data) as first:
        first.said("import", "log", log[0], "--mapping", log[1])
        assert first.stop(signal.SIGINT) == 0
    assert not (data / "desk.json").exists()
    alone = run("export", "tickets", "--data", data)
    assert alone.returncode == 0 and alone.stdout.count("\n") == 4
    with up(data) as second:
        assert len(second.json("tickets")) == 3
        second.stop(signal.SIGKILL)
    assert (data / "desk.json").exists()
    with up(data) as third:
        assert len(third.json("tickets")) == 3
        assert third.json("verify")["equal"]
        assert third.stop() == 0


def test_a_postgresql_of_ones_own_is_used_instead(database: str, log: tuple[Path, Path], tmp_path: Path) -> None:
    """Nothing is left in the working directory by commands that only pass through."""
    done = run("import", "log", log[0], "--mapping", log[1], "--database", database, "--json", cwd=tmp_path)
    assert (done.returncode, json.loads(done.stdout)["recorded"]) == (0, 4)
    there = run("export", "tickets", "--service", "sla", "--database", database, cwd=tmp_path)
    assert there.stdout.count("\n") == 4
    assert list(tmp_path.iterdir()) == []
    with up(tmp_path / "desk", "--database", database) as desk:
        assert len(desk.json("tickets")) == 3
        assert not (tmp_path / "desk" / "postgres").exists()
        assert desk.stop() == 0


def test_the_mappings_that_ship_are_listed(tmp_path: Path) -> None:
    done = run("import", "mappings", "--json", cwd=tmp_path)
    assert [row["name"] for row in json.loads(done.stdout)] == ["servicenow-incident-log", "helpdesk-activity-log"]
    assert list(tmp_path.iterdir()) == []
