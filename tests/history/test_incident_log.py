"""Years of a real service desk through `desk import log`, compared with what the log knows itself.

DESKSTREAM_HISTORY_TICKETS (400) is how many tickets of the log are imported; 0 takes the whole log.
"""

from __future__ import annotations

import csv
import gzip
import os
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest

from desk_deploy.testing.command_line import DESK, up

from .desk_cli import desk_json, exported, rows_of

pytestmark = [pytest.mark.slow, pytest.mark.postgres]
SERVICES = ("intake", "triage", "sla", "billing", "docs")
TICKETS = int(os.environ.get("DESKSTREAM_HISTORY_TICKETS", "400"))
WHOLE = (91_374, 15_170)
LOOK_AHEAD = {"resolved_at", "resolved_by", "closed_at", "closed_code"}


class Imported(NamedTuple):
    """A desk after the import: its data directory, what the import said, and the log's rows."""

    data: Path
    file: Path
    summary: dict[str, Any]
    log: list[dict[str, str]]

    @property
    def tickets(self) -> list[str]:
        """The numbers of the log's tickets, in order."""
        return sorted({row["number"] for row in self.log})


@pytest.fixture(scope="module")
def imported(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Imported]:
    """The desk runs until the last test: commands that find one need not start one."""
    folder = tmp_path_factory.mktemp("incidents")
    file = first_tickets(real_data / "incident_event_log.dev.csv.gz", folder / "log.csv.gz", TICKETS)
    data = folder / "desk"
    with gzip.open(file, "rt", encoding="utf-8") as text:
        log = list(csv.DictReader(text))
    with up(data):
        summary = desk_json("import", "log", file, "--mapping", "servicenow-incident-log", "--data", data)
        yield Imported(data, file, summary, log)


def first_tickets(whole: Path, part: Path, tickets: int) -> Path:
    """All rows of the log's first tickets, in a file of their own; the log itself where `tickets` is 0."""
    if not tickets:
        return whole
    with gzip.open(whole, "rt", encoding="utf-8", newline="") as text:
        header, *rows = csv.reader(text)
    wanted = set(list(dict.fromkeys(row[0] for row in rows))[:tickets])
    with gzip.open(part, "wt", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([header, *(row for row in rows if row[0] in wanted)])
    return part


@pytest.fixture(scope="module")
def observations(imported: Imported) -> list[dict[str, str]]:
    out = imported.data / "observations.csv"
    return list(rows_of(exported(imported.data, "observations", "triage", out)))


def test_every_row_becomes_an_observation_and_none_is_refused(imported: Imported) -> None:
    told, rows = imported.summary, len(imported.log)
    assert (told["rows"], told["recorded"], told["refused"], told["parked"]) == (rows, rows, [], {})
    assert told["tickets"] == {"closed": len(imported.tickets)}
    assert len(imported.tickets) == TICKETS or (rows, len(imported.tickets)) == WHOLE


def test_observations_come_in_the_order_of_the_file(imported: Imported, observations: list[dict[str, str]]) -> None:
    assert [row["source_record"] for row in observations] == [row["number"] for row in imported.log]
    seen: Counter[str] = Counter()
    for row in observations:
        seen[row["source_record"]] += 1
        assert int(row["source_seq"]) == seen[row["source_record"]]
    assert [row["source_state"] for row in observations] == [row["incident_state"] for row in imported.log]


def test_reopen_count_equals_the_log_on_every_row(imported: Imported, observations: list[dict[str, str]]) -> None:
    equal = [
        ours["reopen_count_after"] == theirs["reopen_count"]
        for ours, theirs in zip(observations, imported.log, strict=True)
    ]
    assert sum(equal) == len(equal) == len(imported.log)


def test_priority_equals_the_log_on_every_row(imported: Imported, observations: list[dict[str, str]]) -> None:
    equal = [
        ours["priority_after"] == f"P{theirs['priority'][0]}"
        for ours, theirs in zip(observations, imported.log, strict=True)
    ]
    assert sum(equal) == len(equal) == len(imported.log)


def test_all_five_services_export_the_same_tickets(imported: Imported) -> None:
    texts = {name: exported(imported.data, "tickets", name, imported.data / f"{name}.csv") for name in SERVICES}
    assert len(set(texts.values())) == 1
    rows = list(rows_of(texts["sla"]))
    assert {row["status"] for row in rows} == {"closed"}
    assert [row["source_record"] for row in rows] == imported.tickets


def test_verify_finds_no_difference(imported: Imported) -> None:
    told = desk_json("verify", "--data", imported.data)
    assert (told["equal"], told["differences"], told["parked"]) == (True, [], {})


def test_columns_that_look_ahead_show_nothing_before_its_time(imported: Imported) -> None:
    told = 0
    for fact in facts(imported.data):
        if fact.type == "desk.intake.psa-observed.v1":
            for field in LOOK_AHEAD & set(fact.data.get("changed", {})):
                told += 1
                assert fact.data["status_class"] in ("resolved", "closed")
                if field in ("resolved_at", "closed_at") and (value := fact.data["changed"][field]["to"]):
                    assert value <= fact.time
    assert told > len(imported.tickets)


def test_a_ticket_as_it_was_knows_nothing_of_its_end(imported: Imported) -> None:
    place = ("INC0000045", "--data", imported.data)
    early = desk_json("ticket", "show", *place, "--at", "2016-02-29T02:00:00Z")
    assert (early["status"], early["resolved_at"], early["reopen_count"]) == ("triaged", None, 0)
    assert "resolved" not in {fact["type"].split(".")[2] for fact in early["timeline"]}
    late = desk_json("ticket", "show", *place, "--at", "2016-02-29T09:00:00Z")
    assert (late["status"], late["resolved_at"]) == ("resolved", "2016-02-29T08:53:00Z")


def test_the_same_file_again_records_nothing(imported: Imported) -> None:
    arguments = ("import", "log", imported.file, "--mapping", "servicenow-incident-log", "--data", imported.data)
    told = desk_json(*arguments)
    assert (told["recorded"], told["repeated"], told["facts"]) == (0, len(imported.log), 0)


class Fact(msgspec.Struct):
    type: str
    time: str
    data: dict[str, Any]


def facts(data: Path) -> Iterator[Fact]:
    """All facts of intake's replica, one at a time."""
    program = [*DESK, "export", "facts", "--service", "intake", "--format", "jsonl", "--data", str(data)]
    decoder = msgspec.json.Decoder(Fact)
    with subprocess.Popen(program, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        yield from map(decoder.decode, process.stdout)
    assert process.returncode == 0


def test_the_help_desk_log_keeps_every_activity_and_its_groups(real_data: Path, tmp_path: Path) -> None:
    data, file = tmp_path / "desk", first_tickets(real_data / "helpdesk_log.csv.gz", tmp_path / "log.csv.gz", TICKETS)
    told = desk_json("import", "log", file, "--mapping", "helpdesk-activity-log", "--data", data)
    with gzip.open(file, "rt", encoding="utf-8") as text:
        rows = list(csv.reader(text))[1:]
    assert (told["rows"], told["recorded"], told["refused"]) == (len(rows), len(rows), [])
    sequences: dict[str, tuple[str, ...]] = {}
    for row in rows_of(exported(data, "observations", "docs", tmp_path / "o.csv")):
        sequences[row["source_record"]] = (*sequences.get(row["source_record"], ()), row["source_state"])
    variants = {cells[0]: cells[4] for cells in rows}
    groups = {(sequences[case], variant) for case, variant in variants.items()}
    assert sum(told["tickets"].values()) == len(variants)
    assert sum(map(len, sequences.values())) == len(rows)
    assert len(groups) == len(set(sequences.values())) == len(set(variants.values()))
    assert TICKETS or (len(rows), len(variants), len(groups)) == (21_348, 4_580, 226)
