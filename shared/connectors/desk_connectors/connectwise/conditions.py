"""Builds `conditions`, the vendor's filter expressions, so that no value can alter the expression.

Strings are in double quotes with backslash escapes, times in brackets; a slash follows a reference.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from desk_connectors.connectwise.records.times import stamp

Value = str | int | Decimal | bool | datetime
PATH = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:/[A-Za-z][A-Za-z0-9]*)*")


@dataclass(frozen=True, slots=True)
class Condition:
    """A complete condition; `str()` is its text on the wire. Combine with `&`, `|` and `~`."""

    text: str

    def __str__(self) -> str:
        return self.text

    def __and__(self, other: Condition) -> Condition:
        return Condition(f"({self.text}) and ({other.text})")

    def __or__(self, other: Condition) -> Condition:
        return Condition(f"({self.text}) or ({other.text})")

    def __invert__(self) -> Condition:
        return Condition(f"not ({self.text})")


@dataclass(frozen=True, slots=True)
class Field:
    """A field by its path, for example `Field("company/id")`. The path must come from code, never from a user."""

    path: str

    def __post_init__(self) -> None:
        if not PATH.fullmatch(self.path):
            raise ValueError(f"field {self.path!r}: a path is made of letters and digits, parts joined by /")

    def equals(self, value: Value) -> Condition:
        return self._with("=", value)

    def differs(self, value: Value) -> Condition:
        return self._with("!=", value)

    def above(self, value: Value) -> Condition:
        return self._with(">", value)

    def below(self, value: Value) -> Condition:
        return self._with("<", value)

    def at_least(self, value: Value) -> Condition:
        """Compare a number or text. Not for times: some installations return nothing for `>=`; use `above`."""
        if isinstance(value, datetime):
            raise ValueError(f"field {self.path}: compare times with above(), one second earlier")
        return self._with(">=", value)

    def at_most(self, value: Value) -> Condition:
        return self._with("<=", value)

    def contains(self, text: str) -> Condition:
        return Condition(f"{self.path} contains {literal(text)}")

    def one_of(self, values: Iterable[Value]) -> Condition:
        listed = ",".join(literal(value) for value in values)
        if not listed:
            raise ValueError(f"field {self.path}: one_of() needs at least one value")
        return Condition(f"{self.path} in ({listed})")

    def _with(self, operator: str, value: Value) -> Condition:
        return Condition(f"{self.path}{operator}{literal(value)}")


def literal(value: Value) -> str:
    """The value in the filter language. Control characters are refused, because the language has no escape for them."""
    if isinstance(value, bool):
        return "True" if value else "False"
    if isinstance(value, datetime):
        return f"[{stamp(value)}]"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise ValueError("a number in a condition must be finite")
        return f"{value:f}"
    if any(ord(character) < 32 or ord(character) == 127 for character in value):
        raise ValueError("a text in a condition must be one line without control characters")
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
