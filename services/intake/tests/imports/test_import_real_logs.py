"""The two real logs, read with the built-in mappings and compared with the logs' own columns."""

from __future__ import annotations

import csv
import gzip
from collections import defaultdict
from itertools import groupby
from pathlib import Path

import pytest

from desk_intake.imports import (
    RowRead,
    Snapshot,
    changed_fields,
    load_mapping,
    observation_id,
    open_log,
    snapshot_after,
    ticket_id,
)

from .import_examples import read

OPEN = ("new", "open", "waiting-client", "waiting-vendor", "waiting-schedule", "waiting-internal")
Raw = list[dict[str, str]]


@pytest.fixture(scope="module")
def incidents(real_data: Path) -> tuple[list[RowRead], Raw]:
    """Rows as read, and the same rows as the file has them."""
    path = real_data / "incident_event_log.dev.csv.gz"
    rows, refused = read(open_log(path, load_mapping("servicenow-incident-log")))
    assert refused == []
    with gzip.open(path, "rt", encoding="utf-8") as text:
        return rows, list(csv.DictReader(text))


@pytest.fixture(scope="module")
def activities(real_data: Path) -> tuple[list[RowRead], list[list[str]]]:
    """Rows as read, and the cells of the same rows as the file has them."""
    path = real_data / "helpdesk_log.csv.gz"
    rows, refused = read(open_log(path, load_mapping("helpdesk-activity-log")))
    assert refused == []
    with gzip.open(path, "rt", encoding="utf-8") as text:
        return rows, list(csv.reader(text))[1:]


def test_every_row_of_the_incident_log_is_read(incidents: tuple[list[RowRead], Raw]) -> None:
    rows, raw = incidents
    assert len(rows) == len(raw) == 91_374
    assert len({row.record for row in rows}) == 15_170
    assert len({ticket_id("s", row.record) for row in rows}) == 15_170
    assert len({observation_id("s", row.record, row.row_hash, row.k) for row in rows}) == 91_374
    assert [row.record for row in rows] == [r["number"] for r in raw]


def test_the_matrix_computes_the_log_s_priority_on_every_row(incidents: tuple[list[RowRead], Raw]) -> None:
    rows, raw = incidents
    mapping = load_mapping("servicenow-incident-log")
    computed = [mapping.priority_of(row.snapshot["impact"], row.snapshot["urgency"]) for row in rows]
    assert [f"P{r['priority'][0]}" for r in raw] == computed
    assert [row.priority_seen for row in rows] == computed


def test_the_classes_reproduce_the_log_s_reopen_count_on_every_row(incidents: tuple[list[RowRead], Raw]) -> None:
    rows, raw = incidents
    ended: set[str] = set()
    reopened: dict[str, int] = defaultdict(int)
    previous: dict[str, Snapshot] = {}
    wrong = []
    for row, truth in zip(rows, raw, strict=True):
        changed = changed_fields(previous.get(row.record), row)
        previous[row.record] = snapshot_after(previous.get(row.record), changed)
        if "status" in changed and row.status_class in ("resolved", "closed"):
            ended.add(row.record)
        elif "status" in changed and row.status_class in OPEN and row.record in ended:
            ended.discard(row.record)
            reopened[row.record] += 1
        if reopened[row.record] != int(truth["reopen_count"]):
            wrong.append(row.line)
    assert wrong == []
    assert len(ended) == 15_170


def test_no_look_ahead_value_is_visible_before_its_time_or_its_class(incidents: tuple[list[RowRead], Raw]) -> None:
    rows, raw = incidents
    finals = 0
    for _, group in groupby(zip(rows, raw, strict=True), key=lambda pair: pair[0].record):
        ended = closed = False
        for row, truth in group:
            ended |= row.status_class in ("resolved", "closed")
            closed |= row.status_class == "closed"
            s, at = row.snapshot, row.observed_at.isoformat().replace("+00:00", "Z")
            assert ended or (s["resolved_at"] is None and s["resolved_by"] is None)
            assert closed or (s["closed_at"] is None and s["closed_code"] is None)
            assert (s["resolved_at"] or "") <= at and (s["closed_at"] or "") <= at
            assert truth["resolved_at"] == "?" or s["resolved_by"] is None or s["resolved_at"] is not None
        finals += s["closed_at"] is not None
    assert finals == 15_170


def test_closers_that_are_jobs_are_bots(incidents: tuple[list[RowRead], Raw]) -> None:
    rows, _ = incidents
    kinds = [row.actor.kind for row in rows if row.actor and row.status_class == "closed"]
    assert kinds.count("bot") == 14_975
    assert kinds.count("member") == 15_215 - 14_975


def test_every_activity_of_the_help_desk_log_is_read_including_duplicates(
    activities: tuple[list[RowRead], list[list[str]]],
) -> None:
    rows, raw = activities
    assert len(rows) == len(raw) == 21_348
    assert len({row.record for row in rows}) == 4_580
    assert sum(1 for row in rows if row.k) == 127
    assert len({observation_id("s", row.record, row.row_hash, row.k) for row in rows}) == 21_348


def test_sequences_of_activities_give_the_226_groups_of_variant(
    activities: tuple[list[RowRead], list[list[str]]],
) -> None:
    rows, raw = activities
    sequences: dict[str, tuple[str | None, ...]] = defaultdict(tuple)
    for row in rows:
        sequences[row.record] += (row.state,)
    variants = {cells[0]: cells[4] for cells in raw}
    pairs = {(sequences[case], variants[case]) for case in variants}
    assert len(pairs) == len({sequence for sequence, _ in pairs}) == len({variant for _, variant in pairs}) == 226
