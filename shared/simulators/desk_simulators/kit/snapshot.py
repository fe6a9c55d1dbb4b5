"""The state as one JSON file, so that the next start continues with the same records."""

import json
import os
from pathlib import Path
from typing import Any

from desk_simulators.kit.state import State

FORMAT = 1
SKIPPED_IDS = 1000
"""After a crash, ids given since the last save must not be given again: callers may hold those records."""


def save(state: State[Any], path: Path, *, ended: bool = False) -> None:
    """Write beside the old file and move over it, so that a crash leaves one whole snapshot.

    `ended`: no write follows this one, so the next start need not skip ids.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.new")
    with beside.open("w", encoding="utf-8") as file:
        json.dump(_dump(state, ended), file, separators=(",", ":"), ensure_ascii=False)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def load(state: State[Any], path: Path) -> bool:
    """Fill an empty state. False when there is no file yet; ValueError, naming the file, when it cannot be read."""
    if not path.exists():
        return False
    try:
        _restore(state, json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"cannot read the snapshot {path}: {error}") from error
    return True


def _dump(state: State[Any], ended: bool) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "ended": ended,
        **state.extras(),
        "revision": state.revision,
        "tables": {name: {"last_id": table.last_id, "rows": list(table)} for name, table in state.tables.items()},
    }


def _restore(state: State[Any], data: Any) -> None:
    found = data.get("format") if isinstance(data, dict) else None
    if found != FORMAT:
        raise ValueError(f"snapshot format {found!r} is not {FORMAT}; remove the file to start anew")
    state.restore_extras(data)
    state.revision = data["revision"]
    for name, kept in data["tables"].items():
        table = state.table(name)
        for record in kept["rows"]:
            table.put(record)
        table.start_after(kept["last_id"] + (0 if data["ended"] else SKIPPED_IDS))
