"""Rows that no fact can hold are refused by line and reason; the other rows are recorded."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from desk.http.problems.problem import Problem
from desk_intake.imports.api import read_batch
from desk_intake.imports.rows import ImportedActor, RowRead, problem_of

AT = datetime(2016, 3, 1, 9, 0, tzinfo=UTC)
ROW = RowRead(
    line=7,
    record="INC1",
    row_hash="0" * 64,
    k=0,
    observed_at=AT,
    status_class="new",
    first_class="new",
    client="acme",
    snapshot={"status": "New", "client": "acme", "queue": None},
    opened_at=AT,
    channel="import",
    problem="VPN drops",
)
BEFORE_YEAR_ONE = datetime.fromisoformat("0001-01-01T00:00:00+14:00")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"observed_at": BEFORE_YEAR_ONE}, "observed_at"),
        ({"opened_at": datetime.fromisoformat("9999-12-31T23:59:59-14:00")}, "opened_at"),
        ({"newest_before": datetime(1969, 12, 31, tzinfo=UTC)}, "newest_before"),
        ({"observed_at": datetime(2016, 3, 1, 9, 0)}, "observed_at"),
        ({"record": "x" * 201}, "record"),
        ({"client": "x" * 501}, "client"),
        ({"description": "x" * 100_001}, "description"),
        ({"problem": "a\0b"}, "problem"),
        ({"snapshot": {**ROW.snapshot, "queue": "q" * 501}}, "queue"),
        ({"actor": ImportedActor("member", "m" * 501)}, "actor"),
    ],
)
def test_a_row_out_of_bounds_is_refused_for_the_field(change: dict[str, Any], field: str) -> None:
    problem = problem_of(replace(ROW, **change))
    assert problem is not None and problem.field == field
    assert problem.reason and problem.remedy


def test_a_row_inside_the_bounds_is_not_refused() -> None:
    widest = replace(ROW, observed_at=datetime(1970, 1, 1, tzinfo=UTC), opened_at=datetime(2100, 1, 1, tzinfo=UTC))
    assert problem_of(widest) is None
    assert problem_of(replace(ROW, record="x" * 200, description="é" * 100_000)) is None


@pytest.mark.parametrize("body", [b"", b"[]", b'{"source": "\x80"}', b'{"source": 1}', b"[" * 100_000])
def test_a_body_that_is_no_batch_is_refused(body: bytes) -> None:
    with pytest.raises(Problem) as refused:
        read_batch(body)
    assert (refused.value.code, refused.value.members["field"]) == ("invalid_field", "body")
