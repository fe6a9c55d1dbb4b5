"""A small log and its mapping for the import tests."""

from __future__ import annotations

import gzip
from pathlib import Path

from desk_intake.imports import (
    Changed,
    LogFile,
    Mapping,
    RowRead,
    RowRefused,
    Snapshot,
    changed_fields,
    open_log,
    parse_mapping,
    snapshot_after,
)

HEADER = "number,state,updated,impact,urgency,prio,team,owner,by,resolved,closer"
MAPPING = """
name: example
source: example-itsm
client: acme
kind: incident
profile: incident
nulls: ["?"]
times: {formats: ["%Y-%m-%d %H:%M"], zone: UTC}
columns: {record: number, observed_at: updated, impact: impact, urgency: urgency, priority: prio, queue: team,
          technician: owner}
constants: {channel: import, problem: Imported}
values:
  impact: {H: high, M: medium, L: low}
  urgency: {H: high, M: medium, L: low}
  priority: {"1": P1, "2": P2, "3": P3}
state:
  columns: [state]
  classes: {New: new, Work: open, Hold: waiting-client, Fixed: resolved, Done: closed}
look_ahead:
  - {column: resolved, field: resolved_at, shown_when: [resolved, closed], not_before: resolved}
  - {column: closer, field: closed_code, shown_when: [closed], not_before: resolved}
order: {by: file}
duplicates: no-events
priority:
  matrix: {high: {high: P1}, medium: {high: P2}}
  otherwise: P3
actor: {column: by, bots: [robot], apis: [sync]}
"""


def mapping(*changes: tuple[str, str]) -> Mapping:
    """The example mapping with (old text, new text) replaced."""
    return parse_mapping(changed(*changes))


def changed(*changes: tuple[str, str]) -> str:
    """The example document with (old text, new text) replaced; each old text must occur in it."""
    text = MAPPING
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return text


def row(
    number: str = "A1",
    state: str = "New",
    updated: str = "2024-05-01 08:00",
    impact: str = "M",
    owner: str = "?",
    by: str = "ann",
    resolved: str = "?",
    closer: str = "?",
) -> str:
    """One line of the example log."""
    return ",".join((number, state, updated, impact, "M", "3", "Desk", owner, by, resolved, closer))


def write(folder: Path, *lines: str, header: str = HEADER, name: str = "log.csv") -> Path:
    """A log file with these lines below its header; compressed if its name ends in .gz."""
    path, text = folder / name, "\n".join((header, *lines)) + "\n"
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return path


def read(log: LogFile) -> tuple[list[RowRead], list[RowRefused]]:
    """All rows of a log: those read, those refused."""
    items = list(log.rows())
    return [i for i in items if isinstance(i, RowRead)], [i for i in items if isinstance(i, RowRefused)]


def read_lines(folder: Path, *lines: str, using: Mapping | None = None) -> tuple[list[RowRead], list[RowRefused]]:
    """Read these lines with the example mapping, or `using`."""
    return read(open_log(write(folder, *lines), using or mapping()))


def changes(rows: list[RowRead], snapshots: dict[str, Snapshot]) -> list[Changed]:
    """The changes of each row; snapshots are kept between rows, as the caller's store does."""
    found = []
    for read_row in rows:
        found.append(changed_fields(snapshots.get(read_row.record), read_row))
        snapshots[read_row.record] = snapshot_after(snapshots.get(read_row.record), found[-1])
    return found
