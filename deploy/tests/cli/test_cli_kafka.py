"""The desk on a real Apache Kafka by the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from desk_deploy.testing.command_line import up

pytestmark = [pytest.mark.kafka, pytest.mark.postgres, pytest.mark.slow]
ROWS = "id,at,state\nT-1,2026-03-02 09:00,New\nT-1,2026-03-02 10:00,Done\nT-2,2026-03-02 11:00,New\n"
MAPPING = {
    "name": "small-log", "source": "small", "client": "acme", "kind": "incident", "profile": "incident",
    "times": {"formats": ["%Y-%m-%d %H:%M"], "zone": "UTC"}, "columns": {"record": "id", "observed_at": "at"},
    "state": {"columns": ["state"], "classes": {"New": "new", "Done": "resolved"}},
    "order": {"by": "file"}, "duplicates": "no-events",
}  # fmt: skip


def test_an_import_drains_over_kafka_and_may_be_republished(kafka: str, tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text(ROWS)
    (tmp_path / "mapping.yaml").write_text(yaml.safe_dump(MAPPING))
    with up(tmp_path / "desk", "--kafka", kafka) as desk:
        told = desk.json("import", "log", tmp_path / "log.csv", "--mapping", tmp_path / "mapping.yaml")
        assert (told["recorded"], told["tickets"]) == (3, {"new": 1, "resolved": 1})
        assert desk.json("verify")["equal"]
        again = desk.json("republish", "--ticket", "T-1")
        assert again["intake"] == 3 and again["triage"] >= 1
        assert desk.json("verify")["equal"]
        assert desk.stop() == 0
