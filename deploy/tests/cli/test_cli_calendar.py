"""A year of a calendar by the command line: before publishing, without a desk."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from desk_deploy.testing.command_line import run

MUNICH = {
    "id": "munich",
    "version": 1,
    "zone": "Europe/Berlin",
    "week": {day: ["08:00-18:00"] for day in ("mon", "tue", "wed", "thu", "fri")},
    "holidays": [{"country": "DE", "subdivision": "BY"}],
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "munich.yaml").write_text(yaml.safe_dump(MUNICH))
    return tmp_path / "munich.yaml"


def test_a_year_of_a_document_is_told_without_a_desk(file: Path) -> None:
    told = run("sla", "calendar", file, "--year", "2026")
    assert told.returncode == 0, told.stderr
    assert told.stdout.startswith("munich v1 in 2026, zone Europe/Berlin")
    assert "2026-06-04 Corpus Christi: closed" in told.stdout


def test_the_picture_goes_into_a_file(file: Path, tmp_path: Path) -> None:
    assert run("sla", "calendar", file, "--year", "2026", "--svg", tmp_path / "year.svg").returncode == 0
    assert (tmp_path / "year.svg").read_text().startswith("<svg ")
    refused = run("sla", "calendar", file, "--year", "2026", "--svg", tmp_path / "no" / "year.svg")
    assert refused.returncode == 1 and "cannot be written" in refused.stderr


def test_a_calendar_that_ships_needs_no_desk(tmp_path: Path) -> None:
    told = run("sla", "calendar", "24x7", "--year", "2026", "--data", tmp_path / "none")
    assert "year 8760h of working time" in told.stdout, told.stderr
    unknown = run("sla", "calendar", "moon", "--year", "2026", "--data", tmp_path / "none")
    assert unknown.returncode == 1 and "no calendar 'moon'" in unknown.stderr and "24x7" in unknown.stderr


def test_every_fault_of_a_document_is_named_with_its_remedy(file: Path) -> None:
    windows = {"week": {"mon": ["08:00-12:00", "11:00-17:00"]}, "holidays": [{"country": "XX"}]}
    file.write_text(yaml.safe_dump({**MUNICH, "zone": "Mars/Olympus", **windows}))
    refused = run("sla", "calendar", file, "--year", "2026")
    assert refused.returncode == 1
    for said in (
        "zone: unknown zone",
        "week.mon: 08:00-12:00 and 11:00-17:00 overlap",
        "holidays.0: unknown holiday set",
    ):
        assert said in refused.stderr
    assert "IANA" in refused.stderr
