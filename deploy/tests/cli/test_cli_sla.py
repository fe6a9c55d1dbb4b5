"""Service levels by the command line: explained, exported, compared with another policy, published."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from desk_deploy.testing.command_line import Up, run, up

from .small_log import written

pytestmark = [pytest.mark.postgres, pytest.mark.slow]
STRICT = {
    "id": "strict",
    "version": 1,
    "applies": {"client": ["acme"]},
    "calendar": "24x7",
    "rules": [{"id": "all", "goals": {"resolution": "30m"}}],
}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    with up(tmp_path_factory.mktemp("sla") / "desk") as running:
        log, mapping = written(tmp_path_factory.mktemp("log"))
        running.said("import", "log", log, "--mapping", mapping)
        yield running


@pytest.fixture
def strict(tmp_path: Path) -> Path:
    (tmp_path / "strict.yaml").write_text(yaml.safe_dump(STRICT))
    return tmp_path / "strict.yaml"


def test_a_clock_is_explained_by_the_number_of_its_ticket(desk: Up) -> None:
    text = desk.said("explain", "T-1", "--clock", "resolution")
    assert "policy standard v1" in text and "rule p1" in text and "verdict met" in text
    early = desk.json("explain", "T-1", "--at", "2026-03-02T09:30")["clocks"]
    assert [(clock["clock"], clock["verdict"]) for clock in early] == [("resolution", "open")]
    assert "no clock 'nonsense'" in run("explain", "T-1", "--clock", "nonsense", "--data", desk.data).stderr


def test_the_rating_of_a_time_entry_is_asked_of_billing_by_its_id(desk: Up) -> None:
    missing = run("explain", "T-1", "--entry", "e9", "--data", desk.data).stderr
    assert "no entry 'e9' on the ticket" in missing and "no time is logged on the ticket" in missing


def test_a_clock_is_drawn_into_a_file(desk: Up, tmp_path: Path) -> None:
    assert "written" in desk.said("explain", "T-1", "--svg", tmp_path / "t.svg")
    assert "resolution, cycle 1" in (tmp_path / "t.svg").read_text()


def test_a_new_version_is_compared_with_the_one_in_force_and_not_published(desk: Up, strict: Path) -> None:
    told = desk.said("policy", "publish", "sla-policy:strict", strict, "--version", "1", "--dry-run")
    assert "new: nothing is in force" in told and "rules.all added: goals resolution 30m" in told
    assert "sla-policy:strict" not in desk.said("policy", "show")
    assert "policy-drafted" in desk.said("policy", "diff", "sla-policy:strict", strict)


def test_the_export_has_a_verdict_for_every_ticket(desk: Up, strict: Path) -> None:
    rows = list(csv.DictReader(desk.said("export", "sla").splitlines()))
    assert list(rows[0]) == [
        "source_record", "clock", "cycle", "policy", "verdict", "due", "elapsed_business", "elapsed_wall",
    ]  # fmt: skip
    first = rows[0]
    assert [first[name] for name in ("source_record", "clock", "policy", "verdict")] == [
        "T-1", "resolution", "standard", "met",
    ]  # fmt: skip
    assert (first["due"], first["elapsed_business"], first["elapsed_wall"]) == ("2026-03-02T13:00:00Z", "3600", "3600")
    assert {row["source_record"] for row in rows} == {"T-1", "T-2", "T-3"}
    other = list(csv.DictReader(desk.said("export", "sla", "--policy", strict).splitlines()))
    assert (other[0]["policy"], other[0]["verdict"]) == ("strict", "breached")


def test_another_policy_stands_beside_what_was_recorded(desk: Up, strict: Path) -> None:
    answer = desk.json("sla", "what-if", "--policy", strict)
    differing = {one["source_record"]: (one["recorded"], one["what_if"]) for one in answer["differing"]}
    assert differing["T-1"] == ("met", "breached")
    assert "strict %" in desk.said("sla", "what-if", "--policy", strict, "--from", "2026-03-01", "--to", "2026-04-01")
    assert desk.json("sla", "what-if", "--policy", strict, "--to", "2026-01-01")["tickets"] == 0


def test_history_is_in_nobody_s_queue(desk: Up) -> None:
    assert desk.json("sla", "breaches") == []
    assert desk.json("sla", "due") == []


def test_a_policy_needs_two_persons_and_a_faulty_one_is_refused_with_the_remedy(desk: Up, strict: Path) -> None:
    faulty = strict.with_name("faulty.yaml")
    faulty.write_text(yaml.safe_dump({**STRICT, "calendar": "moon"}))
    refused = run("policy", "publish", "sla-policy:strict", faulty, "--version", "1", "--data", desk.data)
    assert refused.returncode == 1 and "unknown calendar moon" in refused.stderr
    command = ("policy", "publish", "sla-policy:strict", strict, "--version", "1")
    assert "second person" in desk.said(*command)
    bob = desk.said("token", "admin", "--sub", "bob").strip()
    assert "published" in desk.said(*command, DESK_TOKEN=bob)
    assert desk.json("explain", "T-1")["clocks"][0]["policy"] == "standard"
