"""The state as one JSON file, so that the next start goes on with the same records."""

import json
import os
from pathlib import Path
from typing import Any

from desk_simulators.connectwise.state import PsaState

FORMAT = 1
SKIPPED_IDS = 1000
"""After a crash, ids given since the last save must not be given again: callers may know those records."""


def dump(state: PsaState, *, ended: bool) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "ended": ended,
        "codebase": state.instance.codebase,
        "key_id": state.instance.key_id,
        "signing_key": state.instance.signing_key,
        "revision": state.revision,
        "status_classes": {str(status): name for status, name in state.status_classes.items()},
        "audit": state.audit,
        "tables": {name: {"last_id": table.last_id, "rows": list(table)} for name, table in state.tables.items()},
    }


def restore(state: PsaState, data: Any) -> None:
    """Fill an empty state. Raises ValueError for a snapshot of another format."""
    found = data.get("format") if isinstance(data, dict) else None
    if found != FORMAT:
        raise ValueError(f"snapshot format {found!r} is not {FORMAT}; remove the file to start anew")
    for name in ("codebase", "key_id", "signing_key"):
        setattr(state.instance, name, data[name])
    state.revision = data["revision"]
    state.status_classes = {int(status): name for status, name in data["status_classes"].items()}
    state.audit = data["audit"]
    for name, kept in data["tables"].items():
        table = state.table(name)
        for record in kept["rows"]:
            table.put(record)
        table.start_after(kept["last_id"] + (0 if data["ended"] else SKIPPED_IDS))


def save(state: PsaState, path: Path, *, ended: bool = False) -> None:
    """Written beside and moved over the old file, so that a crash leaves one whole snapshot."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.new")
    with beside.open("w", encoding="utf-8") as file:
        json.dump(dump(state, ended=ended), file, separators=(",", ":"), ensure_ascii=False)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def load(state: PsaState, path: Path) -> bool:
    """False when there is no file yet. Raises ValueError, naming the file, when it cannot be read."""
    if not path.exists():
        return False
    try:
        restore(state, json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"cannot read the snapshot {path}: {error}") from error
    return True
