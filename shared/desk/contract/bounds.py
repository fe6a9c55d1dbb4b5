"""Types with the limits of every time, id, text, number and list that enters the desk.

Bodies, query and path parameters out of bounds are refused. A recorded fact, own or of a peer, is never refused for a
time: it is read with the nearest instant inside the bounds.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Annotated, Final, TypeVar

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints
from pydantic_core import PydanticCustomError

EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(2100, 1, 1, tzinfo=UTC)
LARGEST: Final = 2**31 - 1
"""The largest whole number of a field: the limit of PostgreSQL's `integer`."""
LARGEST_LITERAL: Final = 2**63 - 1
DEEPEST, MOST_VALUES, LONGEST_TEXT = 32, 50_000, 100_000
PLAIN: Final = r"^[^\x00-\x1f\x7f]*$"
"""One line: no control characters, which could break a row or move a terminal's cursor."""
TICKET_ID: Final = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
"""Without `:`, which separates the stream from the subject in the names of all other aggregates."""
_UNSTORABLE = "holds a character that cannot be stored (NUL or half a surrogate pair)"
T = TypeVar("T")


def in_bounds(instant: datetime) -> bool:
    """Whether an aware time lies in 1970-01-01 to 2100-01-01, both in UTC and included."""
    return EARLIEST <= instant <= LATEST


def clamped(instant: datetime) -> datetime:
    """The aware time itself, or the nearest one inside the bounds. ValueError for a time without a zone."""
    if instant.tzinfo is None:
        raise ValueError("a time without a zone")
    if in_bounds(instant):
        return instant
    return EARLIEST if instant < EARLIEST else LATEST


def _instant(given: datetime) -> datetime:
    if not in_bounds(given):
        raise PydanticCustomError("time_out_of_bounds", "lies outside 1970-01-01 to 2100-01-01 in UTC")
    return given.astimezone(UTC)


def _document(given: dict[str, object]) -> dict[str, object]:
    left = MOST_VALUES
    level: list[object] = [given]
    for _ in range(DEEPEST):
        left -= len(level)
        if left < 0:
            raise PydanticCustomError("document_too_large", f"holds more than {MOST_VALUES:,} values")
        level = [inner for value in level for inner in _inside(value)]
        if not level:
            return given
    raise PydanticCustomError("document_too_deep", f"is nested more than {DEEPEST} levels deep")


def _inside(value: object) -> list[object]:
    if isinstance(value, str) and len(value) > LONGEST_TEXT:
        raise PydanticCustomError("document_too_large", f"holds a text of more than {LONGEST_TEXT:,} characters")
    if isinstance(value, dict):
        return [*value, *value.values()]
    return list(value) if isinstance(value, list) else []


def shortened(text: str) -> str:
    """Cut a text of a vendor's record to the length allowed in a fact, with a note that it was shortened."""
    return text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]} [shortened from {len(text):,} characters]"


def storable(value: T) -> T:
    """The value, if JSON and PostgreSQL can store it. ValueError names what they cannot store, at any depth: NUL, half
    a surrogate pair, NaN, infinity, or a whole number beyond 64 bits."""
    problem = _problem(value)
    if problem:
        raise ValueError(problem)
    return value


def _problem(value: object) -> str:
    if isinstance(value, str):
        return _UNSTORABLE if "\0" in value or not (value.isascii() or _whole(value)) else ""
    if isinstance(value, bool):
        return ""
    if isinstance(value, float):
        return "" if math.isfinite(value) else "holds a number that is not finite"
    if isinstance(value, int):
        return "" if -LARGEST_LITERAL <= value <= LARGEST_LITERAL else "holds a whole number beyond 64 bits"
    return next(filter(None, map(_problem, _inside(value))), "") if isinstance(value, dict | list) else ""


def _whole(text: str) -> bool:
    return not any("\ud800" <= char <= "\udfff" for char in text)


_TIME_SCHEMA: dict[str, object] = {"x-minimum": "1970-01-01T00:00:00Z", "x-maximum": "2100-01-01T00:00:00Z"}
Instant = Annotated[AwareDatetime, AfterValidator(_instant), Field(json_schema_extra=_TIME_SCHEMA)]
"""An aware time from 1970 to 2100, converted to UTC."""
Document = Annotated[dict[str, object], Field(max_length=1000), AfterValidator(_document)]
"""A free-form JSON object: at most 32 levels, 50,000 values, and 100,000 characters in one text."""
Cycle = Annotated[int, Field(ge=1, le=LARGEST)]
Minutes = Annotated[int, Field(ge=1, le=100_000)]
TicketId = Annotated[str, StringConstraints(pattern=TICKET_ID, max_length=64)]
Id = Annotated[str, StringConstraints(pattern=PLAIN, min_length=1, max_length=200)]
"""The id of anything but a ticket, ours or a vendor's: one line."""
Code = Annotated[str, StringConstraints(pattern=PLAIN, min_length=1, max_length=100)]
"""A code of a list: a queue, a reason, a resolution code."""
Reference = Annotated[str, StringConstraints(pattern=PLAIN, max_length=500)]
"""An external reference, such as a vendor's case number or a document's address; may be empty."""
Filter = Annotated[str, StringConstraints(pattern=PLAIN, max_length=200)]
"""A value that a column of a list must equal."""
Subject = Annotated[str, StringConstraints(pattern=PLAIN, min_length=1, max_length=500)]
"""The subject of any aggregate, as a peer names it."""
