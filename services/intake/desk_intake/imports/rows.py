"""Results of reading a log: rows, refusals, and ids that are the same on every machine and in every run."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from typing import Literal, NamedTuple
from uuid import UUID, uuid5

import msgspec

from desk.contract.bounds import in_bounds
from desk.contract.ticket.intake.psa import StatusClass

NAMESPACE = UUID("5f0e8f0a-6f2b-5c1c-9d55-2c1a6b0d7e31")
"""Namespace of every imported source. Never changes: all imported ids are derived from it."""

Snapshot = dict[str, str | None]
"""Field -> value in the row; None is empty. Codes only, no free text. A field that is absent was never observed.

Keys: status (raw state or activity), impact, urgency (high, medium, low), queue, technician, contact, client, asset,
resolved_at, closed_at (UTC, ISO 8601), closed_code, resolved_by.
"""


class ImportedActor(NamedTuple):
    """The author of an update, as named in the log."""

    kind: Literal["member", "api", "bot"]
    id: str


class RowRead(msgspec.Struct, frozen=True, kw_only=True):
    """One row that is an observation of its record.

    `line` counts from 1 with the header. `row_hash` is the SHA-256 (hex) of the row without the columns that look
    ahead; `k` counts the equal rows of the record before it in this file. `observed_at` and `opened_at` are UTC;
    without a column for it `opened_at` is `observed_at` (right on a record's first row, where a ticket is opened).
    `first_class` replaces `status_class` if this is the record's first observation (logs of activities).
    `priority_seen` is the log's own priority, for comparison only. `problem` and `description` are free text.
    `newest_before` is the newest time of the record's rows before this one in this file.
    """

    line: int
    record: str
    row_hash: str
    k: int
    observed_at: datetime
    status_class: StatusClass
    first_class: StatusClass
    client: str
    snapshot: Snapshot
    opened_at: datetime
    channel: str
    problem: str
    description: str | None = None
    actor: ImportedActor | None = None
    priority_seen: str | None = None
    newest_before: datetime | None = None

    @property
    def state(self) -> str | None:
        """The raw state (two columns joined by ` / `) or activity."""
        return self.snapshot["status"]


class RowRefused(msgspec.Struct, frozen=True):
    """One row that cannot be read; nothing of it is kept. `field`: the column, or row, encoding, file."""

    line: int
    field: str
    reason: str
    remedy: str


class BatchRecorded(msgspec.Struct, omit_defaults=True):
    """Counts of rows recorded now and rows recorded before, and the rows that no fact can hold."""

    recorded: int
    repeated: int
    refused: tuple[RowRefused, ...] = ()


class FileRefused(ValueError):
    """The file cannot be imported; no row was returned. `field`: file, header, encoding or order."""

    def __init__(self, field: str, reason: str, remedy: str) -> None:
        super().__init__(f"{field}: {reason}; {remedy}")
        self.field, self.reason, self.remedy = field, reason, remedy


class RowProblem(Exception):
    """Raised while one row is read; the reader turns it into a RowRefused."""

    def __init__(self, field: str, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.field, self.reason, self.remedy = field, reason, remedy


CELL_TIMES = ("observed_at", "opened_at", "newest_before")
CELL_TEXTS = ("record", "row_hash", "client", "channel", "problem", "description", "priority_seen")
BOUNDED_CELLS = (*CELL_TIMES, *CELL_TEXTS)
LONGEST_CODE, LONGEST_FREE_TEXT = 500, 100_000
LONGEST_CELL = {"record": 200, "problem": LONGEST_FREE_TEXT, "description": LONGEST_FREE_TEXT}
"""Maximum length of a field in characters; `LONGEST_CODE` for every other field."""


def problem_of(row: RowRead) -> RowProblem | None:
    """The first problem of the row that keeps it out of a fact: a time out of bounds, an overlong text, a NUL."""
    for field in CELL_TIMES:
        at: datetime | None = getattr(row, field)
        if at is not None and (at.tzinfo is None or not in_bounds(at)):
            return RowProblem(field, f"{at.isoformat()} is outside 1970 to 2100 (UTC)", "correct the time of the row")
    for field, text in _texts(row):
        longest = LONGEST_CELL.get(field, LONGEST_CODE)
        if len(text) > longest:
            return RowProblem(field, f"longer than {longest:,} characters", "shorten it, or map another column")
        if "\0" in text:
            return RowProblem(field, "holds a NUL character", "export the row again without it")
    return None


def is_before_opening(row: RowRead) -> bool:
    """Whether the row's own time, or the resolution or closing that it shows, is earlier than the ticket's opening."""
    ends = [datetime.fromisoformat(end) for end in map(row.snapshot.get, ("resolved_at", "closed_at")) if end]
    return any(at < row.opened_at for at in (row.observed_at, *ends))


def _texts(row: RowRead) -> Iterator[tuple[str, str]]:
    cells = {name: getattr(row, name) for name in CELL_TEXTS}
    actor = row.actor.id if row.actor is not None else None
    for field, text in (*cells.items(), *row.snapshot.items(), ("actor", actor)):
        if text is not None:
            yield field, text


def ticket_id(source: str, number: str) -> UUID:
    """The ticket of record `number` of `source`."""
    return uuid5(_namespace(source), number)


def observation_id(source: str, number: str, row_hash: str, k: int) -> UUID:
    """The id of one row's observation: the same in a longer export, in a part of the file, on every machine."""
    return uuid5(_namespace(source), f"{number}\0{row_hash}\0{k}")


@lru_cache(maxsize=64)
def _namespace(source: str) -> UUID:
    return uuid5(NAMESPACE, source)


def shortened(text: str) -> str:
    """An untrusted text for a message: quoted, escaped, cut to 60 characters."""
    return repr(text if len(text) <= 60 else text[:57] + "...")
