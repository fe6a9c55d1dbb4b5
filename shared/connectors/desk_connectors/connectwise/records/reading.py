"""Reads records from the vendor's JSON: lenient about unknown, missing and null fields, strict about required ones."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, TypeVar

import msgspec
import msgspec.inspect

from desk_connectors.connectwise.records.times import in_bounds
from desk_connectors.http.errors import VendorAnswerInvalid
from desk_connectors.reading import UNREADABLE

VENDOR = "connectwise"
NUL = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")
PATH = re.compile(r" - at `(?P<path>[^`]*)`$")
MISSING = re.compile(r"missing required field `(?P<name>[^`]*)`")
BEYOND = "lies outside 1970 to 2100"
TOO_FAR = re.compile(rf"^(?P<name>\w+): {BEYOND}")

When = Annotated[datetime, msgspec.Meta(tz=True)]
"""An instant. The vendor sends UTC; a time without a zone is ambiguous and refused."""
Number = Annotated[int, msgspec.Meta(ge=1, le=2**53)]
"""The id of a record in lists. Numbers out of this range are no ids, and no cursor can hold them."""


def names(text: str) -> frozenset[str]:
    """Field names from one space-separated text."""
    return frozenset(text.split())


class Record(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A record of the vendor. Unknown fields are dropped.

    An optional time outside 1970 to 2100 is read as None: vendors on .NET send 0001-01-01 for an empty date. A record
    with a required time out of bounds cannot be read, unless the field (by our name) is in `judged`, whose users check
    it. An unreadable field in `unused` (by the vendor's path) is left out, because no decision depends on it. So is one
    in `equivalents` if the record has a value at one of the paths listed there, which means the same.
    """

    unused: ClassVar[frozenset[str]] = frozenset()
    equivalents: ClassVar[Mapping[str, tuple[str, ...]]] = MappingProxyType({})
    judged: ClassVar[frozenset[str]] = frozenset()

    def __post_init__(self) -> None:
        for name, vendors_name, required in _times(type(self)):
            at: datetime | None = getattr(self, name)
            if at is None or in_bounds(at) or name in self.judged:
                continue
            if required:
                raise ValueError(f"{vendors_name}: {BEYOND}")
            msgspec.structs.force_setattr(self, name, None)


class Info(Record, frozen=True, kw_only=True):
    """`_info`: author and time (whole seconds, UTC) of the record's last change and of its creation."""

    last_updated: When | None = None
    updated_by: str = ""
    date_entered: When | None = None
    entered_by: str = ""


class Stamp(Info, frozen=True, kw_only=True):
    """`_info` with a required time of the last change."""

    last_updated: When


class Reference(Record, frozen=True, kw_only=True):
    """A reference to another record: `{id, name, identifier}` as far as the vendor fills it."""

    id: int
    name: str = ""
    identifier: str = ""


R = TypeVar("R", bound=Record)


@cache
def _times(cls: type[Record]) -> tuple[tuple[str, str, bool], ...]:
    """(our name, the vendor's name, whether it is required) of every time of a record."""
    found = msgspec.inspect.type_info(cls)
    fields = found.fields if isinstance(found, msgspec.inspect.StructType) else ()
    return tuple((field.name, field.encode_name, field.required) for field in fields if _holds_time(field.type))


def _holds_time(hint: msgspec.inspect.Type) -> bool:
    types = hint.types if isinstance(hint, msgspec.inspect.UnionType) else (hint,)
    return any(isinstance(member, msgspec.inspect.DateTimeType) for member in types)


def read(kind: type[R], raw: bytes | msgspec.Raw) -> R:
    """Read one record. Raises `VendorAnswerInvalid`, which names the record (with its id if it has one) and the field.

    NUL, which no database column can hold, is read as U+FFFD.
    """
    if b"\\u0000" in bytes(raw):
        raw = NUL.sub(rb"\1\\ufffd", bytes(raw))
    try:
        return msgspec.json.decode(raw, type=kind)
    except UNREADABLE:
        return _read_leniently(kind, raw)


def read_list(kind: type[R], raw: bytes) -> list[R]:
    """Read all records of an answer; one unreadable record fails the whole."""
    return [read(kind, one) for one in split(kind, raw)]


def split(kind: type[Record], raw: bytes) -> list[msgspec.Raw]:
    """Split an answer into raw records, so that one unreadable record does not hide the others."""
    try:
        return msgspec.json.decode(raw, type=list[msgspec.Raw])
    except UNREADABLE as error:
        raise VendorAnswerInvalid(VENDOR, f"list of {kind.__name__}", "body", "not a JSON list") from error


def _read_leniently(kind: type[R], raw: bytes | msgspec.Raw) -> R:
    try:
        plain: Any = _without_blanks(msgspec.json.decode(raw))
    except UNREADABLE as error:
        raise VendorAnswerInvalid(VENDOR, kind.__name__, "body", "not readable as JSON") from error
    number = plain.get("id") if isinstance(plain, dict) else None
    while True:
        try:
            return msgspec.convert(plain, kind)
        except msgspec.ValidationError as error:
            field = field_of(error)
            spared = _spared(kind, plain, field)
            if spared:
                plain = _without(plain, spared)
                continue
            given = number if type(number) is int and 1 <= number <= 2**53 else None
            name = kind.__name__ if given is None else f"{kind.__name__} {given}"
            problem = TOO_FAR.sub(BEYOND, PATH.sub("", str(error)))
            raise VendorAnswerInvalid(VENDOR, name, field, problem, given) from error
        except RecursionError as error:
            raise VendorAnswerInvalid(VENDOR, kind.__name__, "body", "not readable as JSON") from error


def _spared(kind: type[Record], plain: object, field: str) -> list[str]:
    """The path to leave out so that the unreadable field does not hide the record; [] if there is none."""
    top = re.split(r"[.\[]", field, maxsplit=1)[0]
    for path in (top, field):
        elsewhere = any(_at(plain, other.split(".")) is not None for other in kind.equivalents.get(path, ()))
        if (path in kind.unused or elsewhere) and _at(plain, path.split(".")) is not None:
            return path.split(".")
    return []


def _at(plain: object, path: list[str]) -> Any:
    for name in path:
        plain = plain.get(name) if isinstance(plain, dict) else None
    return plain


def _without(plain: dict[str, Any], path: list[str]) -> dict[str, Any]:
    name, *further = path
    if further:
        return {**plain, name: _without(plain[name], further)}
    return {other: value for other, value in plain.items() if other != name}


def field_of(error: msgspec.ValidationError) -> str:
    """The path of the invalid field, `body` for the whole document."""
    at, missing = PATH.search(str(error)), MISSING.search(str(error)) or TOO_FAR.search(str(error))
    path = at["path"].removeprefix("$").lstrip(".") if at else ""
    return ".".join(part for part in (path, missing["name"] if missing else "") if part) or "body"


def _without_blanks(value: object) -> Any:
    """The value without nulls and without empty references (which hold only `_info` links)."""
    if isinstance(value, dict):
        return {key: _without_blanks(inner) for key, inner in value.items() if not _blank(key, inner)}
    if isinstance(value, list):
        return [_without_blanks(inner) for inner in value if not _blank("", inner)]
    return value


def _blank(key: str, value: object) -> bool:
    return value is None or (key != "_info" and isinstance(value, dict) and set(value) <= {"_info"})
