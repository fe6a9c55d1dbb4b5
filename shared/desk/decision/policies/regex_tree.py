"""Parses a regular expression to a typed tree, of the tokens that Python's own parser finds in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import starmap
from re import _constants as c  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import NamedTuple

Accepts = Callable[[str], bool]
"""Whether a token matches that character."""


class Character(NamedTuple):
    """One character: a literal, a set, a class or the dot."""

    accepts: Accepts


class Repeat(NamedTuple):
    """The body, at least `least` and at most `most` times; greedy, lazy or possessive."""

    least: int
    most: int
    body: Tokens


class Group(NamedTuple):
    """A group, capturing or not."""

    body: Tokens


class Branch(NamedTuple):
    """Alternatives."""

    branches: tuple[Tokens, ...]


class Look(NamedTuple):
    """A look-ahead or look-behind, positive or negative."""

    body: Tokens


class Reference(NamedTuple):
    """A reference to a group, or a choice by whether a group matched."""


class Anchor(NamedTuple):
    """A place: a boundary, the beginning or the end."""


class Never(NamedTuple):
    """Matches nowhere: `(?!)`."""


Token = Character | Repeat | Group | Branch | Look | Reference | Anchor | Never
Tokens = tuple[Token, ...]
_CATEGORIES: dict[object, Accepts] = {
    c.CATEGORY_DIGIT: str.isdecimal,
    c.CATEGORY_SPACE: str.isspace,
    c.CATEGORY_WORD: lambda char: char.isalnum() or char == "_",
    c.CATEGORY_NOT_DIGIT: lambda char: not char.isdecimal(),
    c.CATEGORY_NOT_SPACE: lambda char: not char.isspace(),
    c.CATEGORY_NOT_WORD: lambda char: not (char.isalnum() or char == "_"),
}


def parsed(pattern: str) -> Tokens:
    """The tokens of a pattern that ignores case. re.error or OverflowError when it is no regular expression,
    RecursionError when it is nested too deeply."""
    return _tokens(parser.parse(pattern, re.IGNORECASE))


def _tokens(parts: Iterable[tuple[object, object]]) -> Tokens:
    return tuple(starmap(_token, parts))


def _token(kind: object, value: object) -> Token:
    match kind, value:
        case (
            (c.MAX_REPEAT | c.MIN_REPEAT | c.POSSESSIVE_REPEAT),
            (int(least), int(most), parser.SubPattern() as body),
        ):
            return Repeat(least, most, _tokens(body))
        case c.SUBPATTERN, (_, _, _, parser.SubPattern() as body):
            return Group(_tokens(body))
        case c.ATOMIC_GROUP, parser.SubPattern() as body:
            return Group(_tokens(body))
        case c.BRANCH, (_, list(branches)):
            return Branch(tuple(map(_tokens, branches)))
        case ((c.ASSERT | c.ASSERT_NOT), (_, parser.SubPattern() as body)):
            return Look(_tokens(body))
        case ((c.GROUPREF | c.GROUPREF_EXISTS), _):
            return Reference()
        case c.AT, _:
            return Anchor()
        case c.FAILURE, _:
            return Never()
    return Character(_accepts(kind, value))


def _accepts(kind: object, value: object) -> Accepts:
    match kind, value:
        case c.LITERAL, int(point):
            return lambda char: ord(char) == point
        case c.NOT_LITERAL, int(point):
            return lambda char: ord(char) != point
        case c.RANGE, (int(first), int(last)):
            return lambda char: first <= ord(char) <= last
        case c.CATEGORY, category:
            return _CATEGORIES[category]
        case c.IN, list(parts):
            return _set(parts)
    return lambda _char: True


def _set(parts: Sequence[tuple[object, object]]) -> Accepts:
    negated = bool(parts) and parts[0][0] is c.NEGATE
    members = [_accepts(*part) for part in parts[negated:]]
    return lambda char: any(member(char) for member in members) != negated
