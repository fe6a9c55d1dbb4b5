"""Tests of the differences that `desk verify` finds, and of cells in exports."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from typing import Any

import pyarrow.parquet as pq  # type: ignore[import-untyped]
import pytest

from desk_deploy.cli.admin.replica_comparison import compared, differences, held
from desk_deploy.cli.history.columns import OBSERVATIONS, TICKETS
from desk_deploy.cli.history.files import cell, csv_text, write_parquet

SERVICES = ("intake", "triage", "sla", "billing", "docs")
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def digest(aggregate: str, vector: dict[str, int], state: str = "s", view: bool | None = True) -> bytes:
    return json.dumps({"aggregate": aggregate, "vector": vector, "digest": state, "view": view}).encode()


def kinds(lines: dict[str, list[bytes]]) -> list[tuple[str, str, str]]:
    """(kind, aggregate, service) of every difference."""
    rows = compared({service: held(service, given) for service, given in lines.items()})
    return [(d.kind, d.aggregate, d.service) for _, found in rows for d in found]


def everywhere(*lines: bytes) -> dict[str, list[bytes]]:
    return {service: list(lines) for service in SERVICES}


def test_equal_replicas_have_no_difference() -> None:
    assert kinds(everywhere(digest("a", {"intake": 2}), digest("b", {"intake": 1, "docs": 1}))) == []


def test_a_replica_that_has_not_heard_all_is_behind_its_owner() -> None:
    lines = everywhere(digest("a", {"intake": 2}))
    lines["docs"] = [digest("a", {"intake": 1}, "older")]
    lines["sla"] = []
    assert kinds(lines) == [("behind", "a", "docs"), ("behind", "a", "sla")]


def test_an_owner_that_lost_what_others_heard_is_found() -> None:
    lines = everywhere(digest("a", {"intake": 3}))
    lines["intake"] = [digest("a", {"intake": 2})]
    assert {kind for kind, _, _ in kinds(lines)} == {"ahead"}


def test_equal_facts_with_other_states_are_a_difference() -> None:
    lines = everywhere(digest("a", {"intake": 2}))
    lines["billing"] = [digest("a", {"intake": 2}, "other")]
    assert kinds(lines) == [("state", "a", "all")]


def test_a_view_that_says_otherwise_than_the_fold_is_a_difference() -> None:
    lines = everywhere(digest("a", {"intake": 2}))
    lines["sla"] = [digest("a", {"intake": 2}, view=False)]
    assert kinds(lines) == [("view", "a", "sla")]
    assert differences("a", {}, SERVICES) == []


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("=1+1", "'=1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("+cmd", "'+cmd"),
        ("-cmd", "'-cmd"),
        ("\tx", "'\tx"),
        ("-100", "-100"),
        ("+4.5", "+4.5"),
        ("plain", "plain"),
        (None, ""),
    ],
)
def test_only_texts_that_would_run_are_disarmed(value: str | None, shown: str) -> None:
    assert cell(value, "text") == shown


def test_a_csv_without_rows_has_its_header() -> None:
    assert b"".join(csv_text([], OBSERVATIONS)).decode().strip().split(",") == list(OBSERVATIONS)


def test_parquet_keeps_times_as_times_and_nothing_as_null() -> None:
    row: dict[str, Any] = {**dict.fromkeys(TICKETS), "ticket_id": "t", "opened_at": "2026-03-02T09:00:00Z", "cycle": 1}
    buffer = io.BytesIO()
    write_parquet([json.dumps(row).encode()], TICKETS, buffer)
    table = pq.read_table(io.BytesIO(buffer.getvalue()))
    assert (table["opened_at"][0].as_py(), table["queue"][0].as_py()) == (NOW, None)
