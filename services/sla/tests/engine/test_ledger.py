"""Verdicts as they are recorded while facts arrive in any order: what stands in the end is what the facts say."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk_sla.engine.judge import judge
from desk_sla.engine.ledger import Entry, Recorded, entries, withdrawn

from ..conformance.conformance import cases, rulebook, second
from ..conformance.conformance_answers import clocks
from ..conformance.conformance_facts import history

PAIRED = ("unmerged", "psa-back")
CASES = [
    c for c in cases() if "expect" in c and len(c["facts"]) > 2 and not any(p in " ".join(c["facts"]) for p in PAIRED)
]
Record = dict[str, list[Recorded]]


def hear(record: Record, case: dict[str, Any], known: list[str], step: int) -> list[Entry]:
    """Judge what is known now and record what that makes necessary; returns every entry made."""
    made, now = [], second(case["now"])
    judged = {f"{one.name}@{one.cycle}": one.position for one in judge(history(known), rulebook(case), now)}
    for name in (*judged, *(set(record) - set(judged))):
        standing = record.setdefault(name, [])
        for entry in entries(standing, judged[name]) if name in judged else withdrawn(standing, now):
            made.append(entry)
            if entry.verdict is not None:
                standing[:] = [verdict for verdict in standing if verdict.id != entry.verdict]
            else:
                kind = entry.step.removeprefix("clock-")
                standing.append(Recorded(f"{step}-{kind}", kind))  # type: ignore[arg-type]
    return made


@settings(max_examples=150, deadline=None)
@given(case=st.sampled_from(CASES), seed=st.integers(0, 1 << 30))
def test_the_standing_verdict_is_free_of_the_order_of_arrival(case: dict[str, Any], seed: int) -> None:
    opened = next(line for line in case["facts"] if " opened" in line)
    rest = [line for line in case["facts"] if line != opened]
    random.Random(seed).shuffle(rest)
    record: Record = {}
    for heard in range(len(rest) + 1):
        hear(record, case, _in_line(case, [opened, *rest[:heard]]), heard)
    found = {f"{one.name}@{one.cycle}": one.position.verdict for one in clocks(case, case["facts"]).values()}
    right = {name: [verdict] for name, verdict in found.items() if verdict in ("met", "breached")}
    assert {name: [verdict.kind for verdict in standing] for name, standing in record.items() if standing} == right


@pytest.mark.parametrize("case", CASES[:40], ids=lambda case: case["id"])
def test_hearing_everything_again_records_nothing(case: dict[str, Any]) -> None:
    record: Record = {}
    hear(record, case, case["facts"], 1)
    assert hear(record, case, case["facts"], 2) == []


def _in_line(case: dict[str, Any], known: list[str]) -> list[str]:
    """The known facts as their owners ordered them: facts of one second keep their order."""
    return [line for line in dict.fromkeys(case["facts"]) if line in known]
