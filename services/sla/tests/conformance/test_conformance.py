"""The conformance suite: every case gets the right answer, and every rule has its cases."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .conformance import cases, load
from .conformance_answers import answer, recorded, summary
from .conformance_questions import asked, refused

ROOT = Path(__file__).parents[4]
CASES = list(cases())
RULES: dict[str, dict[str, Any]] = load("rules.yaml")
SECTIONS = (
    "calendar",
    "targets",
    "pause",
    "response",
    "change",
    "reopen",
    "delivery",
    "after-hours",
    "explain",
)


def _named(key: str) -> list[Any]:
    return [pytest.param(case, id=case["id"]) for case in CASES if key in case]


def _plain(expect: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value if isinstance(value, dict) or value == "absent" else {"verdict": value}
        for name, value in expect.items()
    }


@pytest.mark.parametrize("case", _named("expect"))
def test_every_clock_of_the_history_stands_where_it_must(case: dict[str, Any]) -> None:
    assert answer(case, case["facts"]) == _plain(case["expect"]), case["source"]


@pytest.mark.parametrize("case", _named("expect"))
def test_the_order_of_arrival_and_facts_heard_twice_change_nothing(case: dict[str, Any]) -> None:
    times = [line.split()[0] for line in case["facts"]]
    lines = case["facts"] if len(set(times)) < len(times) else list(reversed(case["facts"]))
    assert answer(case, [*lines, *lines]) == _plain(case["expect"]), case["source"]


@pytest.mark.parametrize("case", [param for key in ("cycles", "shares", "told") for param in _named(key)])
def test_cycles_shares_and_words_are_right(case: dict[str, Any]) -> None:
    wanted: dict[str, Any] = {key: case[key] for key in ("cycles", "shares") if key in case}
    if "told" in case:
        wanted["told"] = []
    assert summary(case) == wanted, case["source"]


@pytest.mark.parametrize("case", _named("late"))
def test_a_late_fact_corrects_the_record(case: dict[str, Any]) -> None:
    assert recorded(case) == case["late"]["records"], case["source"]


@pytest.mark.parametrize("case", _named("ask"))
def test_the_calendar_answers(case: dict[str, Any]) -> None:
    assert asked(case) == case["ask"], case["source"]


@pytest.mark.parametrize("case", _named("says"))
def test_a_faulty_document_is_told_what_is_wrong(case: dict[str, Any]) -> None:
    told = refused(case)
    assert len(told) == len(case["says"]), told
    for words, said in zip(case["says"], told, strict=True):
        field, _, fault = words.partition(": ")
        assert said.startswith(f"{field}: "), case["source"]
        assert fault in said, case["source"]


def test_there_are_at_least_150_cases_and_each_has_its_own_name_and_source() -> None:
    assert len({case["id"] for case in CASES}) == len(CASES) >= 150
    assert all(case["source"] and case["rules"] for case in CASES)


def test_every_rule_has_a_case_and_every_case_a_rule() -> None:
    named = {rule for case in CASES for rule in case["rules"]}
    assert named - set(RULES) == set()
    assert {rule for rule, said in RULES.items() if "elsewhere" not in said} - named == set()
    assert {said["section"] for said in RULES.values()} == set(SECTIONS)
    assert all(said["says"].endswith(".") for said in RULES.values())


def test_a_rule_without_a_case_names_the_test_that_shows_it() -> None:
    named = {rule: said["elsewhere"] for rule, said in RULES.items() if "elsewhere" in said}
    missing = {rule for rule, place in named.items() if "/" in place and not (ROOT / place).exists()}
    assert named
    assert missing == set()
