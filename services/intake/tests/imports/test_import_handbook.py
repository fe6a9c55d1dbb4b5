"""The handbook's page about mappings agrees with the code."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from desk.contract.ticket.intake.psa import StatusClass
from desk_intake.imports import BUILT_IN, RowRead, open_log, parse_mapping
from desk_intake.imports.mapping import ColumnField, LookAheadField
from desk_intake.imports.times import DIRECTIVES, NAMED


@pytest.fixture
def page(request: pytest.FixtureRequest) -> str:
    return (request.config.rootpath / "handbook" / "import-mappings.md").read_text("utf-8")


def test_the_full_example_reads_a_log(page: str, tmp_path: Path) -> None:
    example = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)[0]
    mapping = parse_mapping(example)
    rules = mapping.look_ahead
    names = [*mapping.columns.values(), "Status", "Substatus", "Revision", "Changed by", *(r.column for r in rules)]
    cells = dict.fromkeys(names, "-") | {
        "Ticket": "4711",
        "Changed": "01.07.2024 09:30",
        "Impact": "Company",
        "Urgency": "Now",
        "Prio": "1",
        "Subject": "Drucker müde",
        "Status": "Pending",
        "Substatus": "Customer",
        "Revision": "2",
        "Changed by": "autoclose",
        "Solved at": "02.07.2024 10:00:00",
    }
    path = tmp_path / "tickets.csv"
    path.write_text(f"{';'.join(cells)}\n{';'.join(cells.values())}\n", "cp1252")
    (row,) = open_log(path, mapping).rows()
    assert isinstance(row, RowRead)
    assert (row.record, row.status_class, row.state) == ("4711", "waiting-client", "Pending / Customer")
    assert (row.observed_at.isoformat(), row.channel) == ("2024-07-01T07:30:00+00:00", "e-mail")
    assert (row.problem, row.actor and row.actor.kind, row.priority_seen) == ("Drucker müde", "bot", "P1")
    assert mapping.priority_of(row.snapshot["impact"], row.snapshot["urgency"]) == "P1"
    assert row.snapshot["resolved_at"] is None


def test_every_field_class_and_directive_is_named(page: str) -> None:
    spans = re.findall(r"`([^`]+)`", re.sub(r"```.*?```", "", page, flags=re.DOTALL))
    named = {" ".join(span.split()) for span in spans} | {word for span in spans for word in span.split()}
    classes = set(get_args(StatusClass)) - {"unmapped"}
    assert set(get_args(ColumnField)) | set(get_args(LookAheadField)) | classes | set(NAMED) <= named
    assert {f"%{directive}" for directive in DIRECTIVES} <= named
    assert set(BUILT_IN) <= named
