"""A whole desk by the command line: what is recorded is shown, exported, verified, and still there after any end."""

from __future__ import annotations

import csv
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pyarrow.parquet as pq  # type: ignore[import-untyped]
import pytest
import yaml

from desk.policies.book import builtin
from desk_deploy.cli.history.columns import COLUMNS, What
from desk_deploy.testing.command_line import DESK, Up, run, up

from .small_log import MAPPING, written

pytestmark = [pytest.mark.postgres, pytest.mark.slow]
SERVICES = ("intake", "triage", "sla", "billing", "docs")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    with up(tmp_path_factory.mktemp("cli") / "desk") as running:
        yield running


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return written(tmp_path_factory.mktemp("log"))


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
    assert done.returncode == 1 and "exists with other content" in done.stderr and "new version" in done.stderr


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
    assert "drained" in desk.said("status")


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
    listed = {row["policy"]: row["owner"] for row in desk.json("policy", "show")}
    assert listed["matrix"] == "triage" and listed["sla-policy:standard"] == "sla" and listed["close-codes"] == "docs"
    version = desk.json("policy", "show", "matrix")["in_force"]
    assert version == command[-1]
    assert "retired" in desk.said("policy", "retire", "matrix", version)
    assert desk.json("policy", "show", "matrix")["in_force"] == "1"


def test_two_persons_let_the_desk_write_everything_and_one_switches_it_off(desk: Up, tmp_path: Path) -> None:
    file = tmp_path / "write-back.yaml"
    file.write_text(yaml.safe_dump({"default": "nothing", "clients": {"acme": "everything"}}))
    command = ("policy", "publish", "write-back", file, "--version", f"v{uuid4().hex[:8]}")
    assert "second person" in desk.said(*command)
    assert desk.json("policy", "show", "write-back")["in_force"] == "1"
    bob = desk.said("token", "admin", "--sub", "bob").strip()
    assert "published" in desk.said(*command, DESK_TOKEN=bob)
    file.write_text(yaml.safe_dump({"default": "nothing"}))
    off = f"v{uuid4().hex[:8]}"
    assert "published" in desk.said("policy", "publish", "write-back", file, "--version", off)
    assert desk.json("policy", "show", "write-back")["in_force"] == off
    file.write_text(yaml.safe_dump({"default": "all"}))
    done = run("policy", "publish", "write-back", file, "--version", "wrong", "--data", desk.data)
    assert done.returncode == 1 and "content.default" in done.stderr and "everything" in done.stderr


def test_what_was_withheld_and_would_have_been_refused_is_listed(desk: Up, summary: Any) -> None:
    assert desk.json("would-write", "--client", "acme") == []
    report = desk.json("would-refuse", "--days", "7")
    assert (report["days"], report["refusals"], report["by_gate"]) == (7, 0, {})
    assert "0 resolutions or closures in the PSA with open gates (0 open gates)" in desk.said("would-refuse")


def test_stopping_calls_is_listed_and_taken_back(desk: Up) -> None:
    stopped = desk.json("stop-effects", "--kind", "psa-sync", "--client", "acme")
    assert all(stopped[name] for name in SERVICES)
    assert "psa-sync" in desk.said("effects", "list")
    assert not any(desk.json("start-effects", "--kind", "psa-sync", "--client", "acme").values())


@pytest.mark.parametrize(
    "command",
    ["tickets", "tickets --json", "status", "policy show", "policy show matrix", "export tickets", "export facts"],
)
def test_what_cannot_be_written_is_one_line_and_exit_code_1(command: str, desk: Up, summary: Any) -> None:
    with Path("/dev/full").open("w", encoding="ascii") as full:
        done = subprocess.run(
            [*DESK, *command.split(), "--data", desk.data], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
    assert done.stderr.startswith("desk: the output is incomplete (No space left on device)")


def test_an_operator_says_that_the_stores_were_restored(desk: Up) -> None:
    assert desk.json("restored", "--service", "docs") == {"restored": ["docs"]}
    assert desk.json("restored") == {"restored": list(SERVICES)}


def test_a_stop_is_shown_by_status_and_refused_for_a_kind_that_no_call_has(desk: Up) -> None:
    for command in ("stop-effects", "start-effects"):
        done = run(command, "--kind", "psa-write", "--data", desk.data)
        assert done.returncode == 1 and "psa-create, psa-note, psa-sync" in done.stderr
    desk.json("stop-effects", "--kind", "psa-note")
    assert "outbound calls stopped: kind psa-note" in desk.said("status")
    desk.json("start-effects", "--kind", "psa-note")
    assert "stopped" not in desk.said("status")
    done = run("effects", "list", "--state", "lost", "--data", desk.data)
    assert done.returncode == 1 and "open" in done.stderr


def test_views_are_rebuilt_and_the_local_bus_has_nothing_to_republish(desk: Up, summary: Any) -> None:
    assert set(desk.json("rebuild", "tickets")) == set(SERVICES)
    assert desk.json("parked", "list") == []
    done = run("republish", "--all", "--data", desk.data)
    assert done.returncode == 1 and "bus is local" in done.stderr
    done = run("rebuild", "nonsense", "--data", desk.data)
    assert done.returncode == 1 and "tickets" in done.stderr


def test_a_client_is_added_once_and_a_ticket_is_opened_for_it(desk: Up) -> None:
    acme = ("client", "add", "acme", "--title", "Acme Ltd", "--tier", "gold")
    assert desk.json(*acme) == {"client": "acme", "facts": ["client-observed", "tier-assigned"]}
    assert desk.json(*acme) == {"client": "acme", "facts": []}
    refused = run("client", "add", "globex", "--title", "Globex", "--zone", "Europe/Rom", "--data", desk.data)
    assert refused.returncode == 1 and "zone: 'Europe/Rom' is no IANA zone" in refused.stderr
    token = desk.said("token", "tier1").strip()
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": str(uuid4())}
    opened = httpx.post(f"{desk.url}/intake/tickets", json={"client": "acme", "problem": "VPN down"}, headers=headers)
    assert opened.status_code == 201, opened.text


def test_a_ticket_is_merged_into_another_and_unmerged(desk: Up) -> None:
    desk.said("client", "add", "initech", "--title", "Initech")
    token = desk.said("token", "dispatcher").strip()
    pair = []
    for problem in ("The switch failed", "No network in room 3"):
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": str(uuid4())}
        body = {"client": "initech", "problem": problem}
        created = httpx.post(f"{desk.url}/intake/tickets", json=body, headers=headers)
        assert created.status_code == 201, created.text
        pair.append(created.json()["subject"])
    root, ticket = pair
    merge = ("ticket", "merge", ticket, root, "--reason", "One switch")
    facts = desk.json(*merge, DESK_TOKEN=token)["facts"]
    assert facts == ["merged-into", "merge-absorbed"]
    assert desk.json(*merge, DESK_TOKEN=token)["facts"] == []
    assert desk.json("ticket", "show", ticket, "--service", "intake")["status"] == "merged"
    undone = desk.said("ticket", "unmerge", ticket, "--reason", "Two switches", DESK_TOKEN=token)
    assert undone == f"{ticket}: unmerged, unmerged\n"
