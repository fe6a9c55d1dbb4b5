"""The parts of a mapping document that describe the file format, and the checks across all parts."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING, Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictStr, field_validator, model_validator

from desk_intake.imports.times import compile_format

if TYPE_CHECKING:
    from desk_intake.imports.mapping import Mapping

Name = Annotated[StrictStr, Field(min_length=1, max_length=200)]
LEVELS = ("high", "medium", "low")
PRIORITIES = ("P1", "P2", "P3", "P4")


class Document(BaseModel):
    """Strict, closed and frozen: values are not converted, unknown keys are refused."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


def check_encoding(name: str) -> str:
    """The encoding as given; ValueError unless Python can decode text with it."""
    try:
        "a".encode(name)
        codecs.getincrementaldecoder(name)
    except (LookupError, UnicodeError) as error:
        raise ValueError(f"{name!r} is no text encoding; write for example utf-8, cp1252 or utf-16") from error
    return name


def check_zone(name: str) -> str:
    """The zone as given; ValueError unless it is in the IANA list."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"{name!r} is no IANA zone; write for example Europe/Rome or UTC") from error
    return name


class FileFormat(Document):
    """Format of the file: one delimiter character, a text encoding of Python's codecs, and the lines to skip.

    `skip`: number of physical lines before the header, such as a report's title; a first line `sep=` is not counted.
    """

    delimiter: str = Field(default=",", pattern=r'^[^"\r\n]$')
    encoding: Annotated[str, AfterValidator(check_encoding)] = "utf-8"
    skip: Annotated[int, Field(ge=0, le=1000, strict=False)] = 0


class Times(Document):
    """Time formats (strptime directives, `iso`, `epoch-seconds`, `epoch-milliseconds`), and their time zone.

    `skipped` and `doubled` say how to read an hour that the zone skips or repeats at a clock change.
    """

    formats: list[str] = Field(min_length=1)
    zone: Annotated[str, AfterValidator(check_zone)]
    skipped: Literal["refuse", "forward"] = "refuse"
    doubled: Literal["refuse", "first", "second"] = "refuse"

    @field_validator("formats")
    @classmethod
    def _existing_format(cls, formats: list[str]) -> list[str]:
        for text in formats:
            compile_format(text)
        return formats


class Order(Document):
    """The order of a record's rows: by file (newest row last, or first), or by the value of a column."""

    by: Literal["file", "file-reversed", "column"]
    column: Name | None = None
    read_as: Literal["time", "number"] | None = None

    @model_validator(mode="after")
    def _column_named(self) -> Order:
        named = self.column is not None and self.read_as is not None
        if named != (self.by == "column") or (self.column is None) != (self.read_as is None):
            raise ValueError("by: column needs column and read_as (time or number); by: file needs neither")
        return self


class ActorRule(Document):
    """The author of an update. Ids listed under `bots` or `apis` are of that kind, all others are staff."""

    column: Name
    bots: list[str] = []
    apis: list[str] = []


def check_levels(mapping: Mapping) -> None:
    """Check that impact, urgency and the matrix are given together; ValueError names the missing part."""
    given = {f for f in ("impact", "urgency") if f in mapping.columns or f in mapping.constants}
    if len(given) == 1 or bool(given) != (mapping.priority is not None):
        raise ValueError("impact, urgency and the priority matrix go together; give all three or none")
    for field, allowed in (("impact", LEVELS), ("urgency", LEVELS), ("priority", PRIORITIES)):
        values = list(mapping.values.get(field, {}).values())  # type: ignore[call-overload]
        if field in mapping.columns and not values:
            raise ValueError(f"values: {field} is missing; say which text of its column is which of {allowed}")
        values += [text for name, text in mapping.constants.items() if name == field]
        for text in values:
            if text not in allowed:
                raise ValueError(f"values: {field}: {text!r} is none of {allowed}; correct it")


def check_columns_once(mapping: Mapping) -> None:
    """Check that a look-ahead column is used for nothing else; ValueError names it."""
    ahead = [rule.column for rule in mapping.look_ahead]
    for column in ahead:
        if ahead.count(column) > 1:
            raise ValueError(f"look_ahead: column {column!r} is listed twice; keep one")
        if column in used_columns(mapping):
            raise ValueError(f"look_ahead: column {column!r} also gives a field; take it out of one of the two")


def used_columns(mapping: Mapping) -> list[str]:
    """Every column that the mapping reads on every row, in document order."""
    used = list(mapping.columns.values())
    used += [column for columns in mapping.fallbacks.values() for column in columns]
    used += mapping.state.columns if mapping.state else []
    used += [mapping.activity.column] if mapping.activity else []
    used += [mapping.order.column] if mapping.order.column else []
    used += [mapping.actor.column] if mapping.actor else []
    return used
