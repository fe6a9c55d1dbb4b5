"""A whole desk by the command line: what is recorded is shown, exported, verified, and still there after any end."""

from __future__ import annotations

import csv
import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pyarrow.parquet as pq  # type: ignore[import-untyped]
import pytest
import yaml

from desk.policies.book import builtin
from desk_deploy.cli.columns import COLUMNS, What
from desk_deploy.testing.command_line import Up, run, up

pytestmark = [pytest.mark.postgres, pytest.mark.slow]
SERVICES = ("intake", "triage", "sla", "billing", "docs")
HEADER = "id,at,state,impact,urgency,team,who\n"
ROWS = [
    "T-1,2026-03-02 09:00,New,1,1,=cmd,ann",
    "T-1,2026-03-02 10:00,Done,1,1,=cmd,ann",
    "T-2,2026-03-02 09:30,New,3,3,Service Desk,bob",
    "T-2,not a time,Done,3,3,Service Desk,bob",
    "T-3,2026-03-02 11:00,Odd,2,2,Service Desk,",
]
MAPPING = {
    "name": "small-log",
    "source": "small",
    "client": "acme",
    "kind": "incident",
    "profile": "incident",
    "times": {"formats": ["%Y-%m-%d %H:%M"], "zone": "UTC"},
    "columns": {
        "record": "id", "observed_at": "at", "impact": "impact", "urgency": "urgency", "queue": "team",
        "technician": "who",
    },
    "values": {name: {"1": "high", "2": "medium", "3": "low"} for name in ("impact", "urgency")},
    "state": {"columns": ["state"], "classes": {"New": "new", "Done": "resolved"}},
    "order": {"by": "file"},
    "duplicates": "no-events",
    "priority": {"matrix": {"high": {"high": "P1"}}, "otherwise": "P4"},
}  # fmt: skip


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    with up(tmp_path_factory.mktemp("cli") / "desk") as running:
        yield running


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A small log and its mapping."""
    folder = tmp_path_factory.mktemp("log")
    (folder / "log.csv").write_text(HEADER + "\n".join(ROWS) + "\n")
    (folder / "mapping.yaml").write_text(yaml.safe_dump(MAPPING))
    return folder / "log.csv", folder / "mapping.yaml"


@pytest.fixture(scope="module")
def summary(desk: Up, log: tuple[Path, Path]) -> Any:
    return desk.json("import", "log", log[0], "--mapping", log[1])


def test_an_import_tells_what_it_read_what_it_refused_and_why(summary: Any) -> None:
    assert (summary["rows"], summary["recorded"], summary["unmapped"]) == (5, 4, 1)
    (row,) = summary["refused"]
    assert (row["line"], row["field"]) == (5, "at") and row["reason"] and row["remedy"]
    assert summary["tickets"] == {"resolved": 1, "triaged": 2}


def test_the_same_log_again_adds_nothing_and_a_changed_matrix_is_refused(
    desk: Up, summary: Any, log: tuple[Path, Path], tmp_path: Path
) -> None:
    again = desk.json("import", "log", log[0], "--mapping", log[1])
    assert (again["recorded"], again["repeated"], again["facts"]) == (0, 4, 0)
    other = tmp_path / "other.yaml"
    other.write_text(yaml.safe_dump({**MAPPING, "priority": {"matrix": {}, "otherwise": "P2"}}))
    done = run("import", "log", log[0], "--mapping", other, "--data", desk.data)
    assert done.returncode == 1 and "known with other content" in done.stderr and "new version" in done.stderr


def test_a_ticket_is_shown_by_its_number_as_it_is_and_as_it_was(desk: Up, summary: Any) -> None:
    assert desk.json("ticket", "show", "T-1")["status"] == "resolved"
    early = desk.json("ticket", "show", "T-1", "--at", "2026-03-02T09:30")
    assert (early["status"], early["priority"]) == ("triaged", "P1")
    text = desk.said("ticket", "show", "T-1")
    assert "psa-observed" in text and "psa-member:" in text and "sign-off" in text


def test_tickets_are_listed_by_filter(desk: Up, summary: Any) -> None:
    assert [row["source_record"] for row in desk.json("tickets", "--priority", "P1")] == ["T-1"]
    assert len(desk.json("tickets", "--open")) == 3
    assert desk.said("tickets", "--client", "nobody").strip() == "nothing"


@pytest.mark.parametrize("what", [What.TICKETS, What.OBSERVATIONS])
def test_every_format_holds_the_same_rows_and_exactly_the_columns(
    desk: Up, summary: Any, what: What, tmp_path: Path
) -> None:
    columns = list(COLUMNS[what])
    for name in ("csv", "jsonl", "parquet"):
        desk.said("export", what, "--service", "docs", "--format", name, "--out", tmp_path / name)
    rows = list(csv.DictReader((tmp_path / "csv").read_text().splitlines()))
    lines = [json.loads(line) for line in (tmp_path / "jsonl").read_text().splitlines()]
    table = pq.read_table(tmp_path / "parquet")
    assert list(rows[0]) == list(lines[0]) == table.column_names == columns
    assert len(rows) == len(lines) == table.num_rows == (3 if what is What.TICKETS else 4)
    assert [None if row["priority" if what is What.TICKETS else "priority_after"] == "" else 1 for row in rows]
    assert rows[0]["source_record"] == lines[0]["source_record"] == table["source_record"][0].as_py() == "T-1"


def test_a_cell_that_a_spreadsheet_would_run_is_disarmed_in_csv_alone(desk: Up, summary: Any) -> None:
    text = desk.said("export", "tickets")
    assert ",'=cmd," in text and "2026-03-02T09:00:00Z" in text
    assert json.loads(desk.said("export", "tickets", "--format", "jsonl").splitlines()[0])["queue"] == "=cmd"


def test_facts_are_exported_as_they_are_stored(desk: Up, summary: Any) -> None:
    whole = desk.said("export", "facts").splitlines()
    mine = desk.said("export", "facts", "--ticket", "T-1", "--service", "sla").splitlines()
    assert set(mine) < set(whole)
    assert {json.loads(line)["specversion"] for line in whole} == {"1.0"}


def test_verify_compares_all_services(desk: Up, summary: Any) -> None:
    told = desk.json("verify")
    assert told["equal"] and told["aggregates"] >= 4


def test_status_tells_of_every_service(desk: Up, summary: Any) -> None:
    rows = desk.json("status")
    assert [row["service"] for row in rows] == list(SERVICES)
    assert all(row["own"] + row["heard"] == rows[0]["own"] + rows[0]["heard"] for row in rows)
    assert "at rest" in desk.said("status")


def test_a_token_opens_the_api_for_its_role_alone(desk: Up) -> None:
    token = desk.said("token", "tier1", "--client", "acme", "--ttl", "5m").strip()
    headers = {"Authorization": f"Bearer {token}"}
    assert httpx.get(f"{desk.url}/triage/tickets", headers=headers).status_code == 200
    assert httpx.get(f"{desk.url}/triage/exports/tickets", headers=headers).status_code == 403
    assert httpx.get(f"{desk.url}/triage/tickets").status_code == 401


def test_a_matrix_needs_two_persons(desk: Up, tmp_path: Path) -> None:
    file = tmp_path / "matrix.yaml"
    file.write_text(yaml.safe_dump({**builtin("matrix"), "low": {"high": "P3", "medium": "P4", "low": "P4"}}))
    command = ("policy", "publish", "matrix", file, "--version", f"v{uuid4().hex[:8]}")
    assert "second person" in desk.said(*command)
    bob = desk.said("token", "admin", "--sub", "bob").strip()
    assert "published" in desk.said(*command, DESK_TOKEN=bob)
    version = desk.json("policy", "show", "matrix")["in_force"]
    assert version == command[-1]
    assert "retired" in desk.said("policy", "retire", "matrix", version)
    assert desk.json("policy", "show", "matrix")["in_force"] == "1"


def test_stopping_calls_is_listed_and_taken_back(desk: Up) -> None:
    stopped = desk.json("stop-effects", "--kind", "psa-sync", "--client", "acme")
    assert all(stopped[name] for name in SERVICES)
    assert "psa-sync" in desk.said("effects", "list")
    assert not any(desk.json("start-effects", "--kind", "psa-sync", "--client", "acme").values())


def test_views_are_rebuilt_and_the_local_bus_has_nothing_to_republish(desk: Up, summary: Any) -> None:
    assert set(desk.json("rebuild", "tickets")) == set(SERVICES)
    assert desk.json("parked", "list") == []
    done = run("republish", "--all", "--data", desk.data)
    assert done.returncode == 1 and "bus is local" in done.stderr
    done = run("rebuild", "nonsense", "--data", desk.data)
    assert done.returncode == 1 and "tickets" in done.stderr


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
