"""The journal of requests sent and accepted, line by line: the checker's only source about the load."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple


class Timed(NamedTuple):
    """One request: when it was sent (monotonic), how many seconds it took, its status (0: no answer), and whether the
    answer says when to come again."""

    at: float
    seconds: float
    service: str
    status: int
    retry_after: bool


class Journal:
    """JSON lines. `kind` is `command` (a desk user's) or `act` (a technician's in the PSA)."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.counts: Counter[str] = Counter()
        self.requests: list[Timed] = []
        self._file = path.open("w", encoding="utf-8")

    def note(self, kind: str, outcome: str, **what: Any) -> None:
        """One line; `outcome` is accepted, refused or unknown."""
        self.counts[f"{kind} {outcome}"] += 1
        self._file.write(json.dumps({"kind": kind, "outcome": outcome, **what}) + "\n")
        self._file.flush()

    def close(self) -> None:
        """Nothing more is sent."""
        self._file.close()
