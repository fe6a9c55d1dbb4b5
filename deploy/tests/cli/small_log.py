"""A small log with a bad line, an unmapped state and a cell that would run, and the mapping that reads it."""

from __future__ import annotations

from pathlib import Path

import yaml

HEADER = "id,at,state,impact,urgency,team,who\n"
ROWS = [
    "T-1,2026-03-02 09:00,New,1,1,=cmd,ann",
    "T-1,2026-03-02 10:00,Done,1,1,=cmd,ann",
    "T-2,2026-03-02 09:30,New,3,3,Service Desk,bob",
    "T-2,not a time,Done,3,3,Service Desk,bob",
    "T-3,2026-03-02 11:00,Odd,2,2,Service Desk,",
]
MAPPING = {
    "name": "small-log",
    "source": "small",
    "client": "acme",
    "kind": "incident",
    "profile": "incident",
    "times": {"formats": ["%Y-%m-%d %H:%M"], "zone": "UTC"},
    "columns": {
        "record": "id", "observed_at": "at", "impact": "impact", "urgency": "urgency", "queue": "team",
        "technician": "who",
    },
    "values": {name: {"1": "high", "2": "medium", "3": "low"} for name in ("impact", "urgency")},
    "state": {"columns": ["state"], "classes": {"New": "new", "Done": "resolved"}},
    "order": {"by": "file"},
    "duplicates": "no-events",
    "priority": {"matrix": {"high": {"high": "P1"}}, "otherwise": "P4"},
}  # fmt: skip


def written(folder: Path) -> tuple[Path, Path]:
    """The log and its mapping as files."""
    (folder / "log.csv").write_text(HEADER + "\n".join(ROWS) + "\n")
    (folder / "mapping.yaml").write_text(yaml.safe_dump(MAPPING))
    return folder / "log.csv", folder / "mapping.yaml"
