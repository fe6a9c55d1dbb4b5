"""A recording of polls: one JSON object per line with `observed_at` and `summary`, the body of `summary.json`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec

from desk_connectors.http import VendorAnswerInvalid
from desk_connectors.reading import UNREADABLE, decoded, without_nulls
from desk_connectors.statuspage import read_summary
from desk_integrations.kinds.status import StatusReading
from desk_integrations.outcomes import Empty, Outcome, Unknown
from desk_integrations.status.statuspage.translation import to_reading

TORN: Unknown = Unknown("schema-drift")


class RecordingInvalid(ValueError):
    """The recording cannot be read; the text names the line and the field, and the remedy."""


class Poll(NamedTuple):
    """One poll. `at` is None if the recorder wrote only a part of the line; its outcome is unknown then."""

    at: datetime | None
    outcome: Outcome[StatusReading]


def recorded(lines: Iterable[bytes]) -> Iterator[Poll]:
    """The polls of a recording in the order of its lines; blank lines are none.

    A poll is `Unknown` if its `summary` is missing, empty, cut off, or no whole summary. Raises `RecordingInvalid` for
    a line that is a whole object without a time, and for a recording in which no line is a poll.
    """
    torn = polls = 0
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        poll = _poll(number, line)
        torn, polls = torn + (poll.at is None), polls + 1
        yield poll
    if polls and torn == polls:
        raise RecordingInvalid("no line is a poll; give JSON lines with observed_at and summary")


def _poll(number: int, line: bytes) -> Poll:
    try:
        plain = msgspec.json.decode(line)
    except UNREADABLE:
        return Poll(None, TORN)
    if not isinstance(plain, dict):
        return Poll(None, TORN)
    return Poll(_time(number, plain.get("observed_at")), _outcome(plain.get("summary")))


def _time(number: int, text: object) -> datetime:
    """A time without a zone is UTC."""
    try:
        at = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        at = None
    if at is None:
        raise RecordingInvalid(f"line {number}: observed_at: give the time of the poll as ISO 8601")
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _outcome(body: object) -> Outcome[StatusReading]:
    """The reading of a body, which the recorder wrote as JSON, or as text when it could not read it."""
    try:
        plain = decoded("statuspage", "summary", body.encode()) if isinstance(body, str) else without_nulls(body)
        reading = to_reading(read_summary(plain))
    except (VendorAnswerInvalid, RecursionError):
        return TORN
    return reading if reading != StatusReading() else Empty()
