"""Reads the conformance cases and the documents that they share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from desk.calendars.calendar_document import load_calendar
from desk_sla.engine.goals import Rulebook
from desk_sla.engine.policies.policy import load_policy

FOLDER = Path(__file__).parents[2] / "conformance"
HEADER = ("rules.yaml", "documents.yaml")


def load(name: str) -> Any:
    return yaml.safe_load((FOLDER / name).read_text("utf-8"))


DOCUMENTS: Mapping[str, Any] = load("documents.yaml")


def cases() -> Iterator[dict[str, Any]]:
    for path in sorted(FOLDER.glob("*.yaml")):
        if path.name not in HEADER:
            yield from load(path.name)


def second(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def rulebook(case: Mapping[str, Any]) -> Rulebook:
    """The case's policies over the shared ones: a name, a mapping, or several; ``with`` overrides fields of each."""
    wanted = case.get("policies") or [case["policy"]]
    policies = []
    for one in wanted:
        document = {"id": one, "version": 1, **DOCUMENTS["policies"][one]} if isinstance(one, str) else dict(one)
        policies.append(load_policy({**document, **case.get("with", {})}))
    calendars = {**DOCUMENTS["calendars"], **case.get("calendars", {})}
    documents = {name: load_calendar({"id": name, "version": 1, **body}) for name, body in calendars.items()}
    return Rulebook(policies, documents)
