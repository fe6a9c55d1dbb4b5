"""`desk money try` as users run it: without a desk, explained, as JSON, refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from desk_deploy.testing.command_line import run

CASES = Path(__file__).parents[3] / "services" / "billing" / "conformance"
LINE = {"day", "minutes", "charged", "band", "class", "reason", "pool", "rule", "rate", "amount"}


@pytest.fixture
def case(tmp_path: Path) -> Path:
    """Case D07 as a file: ten minutes in business hours and one after, rounded to a quarter of an hour."""
    cases = yaml.safe_load((CASES / "rounding.yaml").read_text("utf-8"))["cases"]
    file = tmp_path / "d07.yaml"
    file.write_text(yaml.safe_dump(next(one for one in cases if one["id"] == "D07")))
    return file


def test_a_conformance_case_is_rated_as_json(case: Path) -> None:
    done = run("money", "try", case, "--json")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert set(answer) == {"entries", "adjustments", "pools", "totals", "refused"}
    first, second = answer["entries"]["e1"]
    assert set(first) == LINE
    assert (first["minutes"], first["charged"], first["band"], first["amount"]) == (10, 10, "business", "20.00")
    assert (second["minutes"], second["charged"], second["band"], second["amount"]) == (1, 5, "after-hours", "15.00")
    assert answer["totals"] == {"EUR": "35.00"}


def test_every_line_is_explained(case: Path) -> None:
    done = run("money", "try", case)
    assert done.returncode == 0, done.stderr
    assert "2026-03-02 1 min after-hours billable charged 5 15.00 EUR" in done.stdout
    assert "class billable by tm (rules), billing-rules 1, rate-card 1" in done.stdout
    assert "rate 180 EUR an hour: 120 of card x 1.5 after-hours" in done.stdout
    assert "entry of 11 min becomes 15 (up to steps of 15)" in done.stdout


def test_a_refusal_has_exit_code_1_and_the_other_labour_is_rated(case: Path) -> None:
    world = yaml.safe_load(case.read_text())
    world["entries"].append({**world["entries"][0], "entry": "e2", "ticket": "t9"})
    case.write_text(yaml.safe_dump(world))
    done = run("money", "try", case, "--json")
    answer = json.loads(done.stdout)
    assert done.returncode == 1
    assert list(answer["entries"]) == ["e1"]
    assert answer["refused"] == [{"code": "invalid_field", "field": "entries.1.ticket", "remedy": "add it to tickets"}]


def test_a_file_that_is_not_there_or_no_yaml_is_refused(tmp_path: Path) -> None:
    missing = run("money", "try", tmp_path / "none.yaml")
    assert missing.returncode == 1 and "cannot be read" in missing.stderr and missing.stdout == ""
    (tmp_path / "broken.yaml").write_text("a: [")
    broken = run("money", "try", tmp_path / "broken.yaml", "--json")
    assert broken.returncode == 1
    assert [one["field"] for one in json.loads(broken.stdout)["refused"]] == ["(document)"]
