"""Checks published regular expressions for safe matching time.

Python's engine backtracks and holds the interpreter meanwhile. A pattern is accepted when no text gives it more than a
few ways to match from one position: no repetition inside a repetition, and after each long repetition a character that
it cannot match itself. Matching takes at most the square of a text's length, and texts are searched in short windows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from re import _constants as c  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

WINDOW = 400
LONG = 20
"""Repetitions up to this count are treated as written out, up to `MOST_WAYS` ways in all."""
MOST_WAYS = 10_000
Token = tuple[Any, Any]
Accepts = Callable[[str], bool]
_REPEATS = (c.MAX_REPEAT, c.MIN_REPEAT, c.POSSESSIVE_REPEAT)
_GROUPS = {c.SUBPATTERN: 3, c.ATOMIC_GROUP: None}
_LOOKS = (c.ASSERT, c.ASSERT_NOT)
_SINGLE = (c.LITERAL, c.NOT_LITERAL, c.IN, c.ANY, c.RANGE, c.CATEGORY)
_SAMPLE = [chr(point) for point in (*range(0x250), 0x2028, 0x20AC, 0x4E00, 0x1F600)]
_CATEGORIES: dict[Any, Accepts] = {
    c.CATEGORY_DIGIT: str.isdecimal,
    c.CATEGORY_SPACE: str.isspace,
    c.CATEGORY_WORD: lambda char: char.isalnum() or char == "_",
    c.CATEGORY_NOT_DIGIT: lambda char: not char.isdecimal(),
    c.CATEGORY_NOT_SPACE: lambda char: not char.isspace(),
    c.CATEGORY_NOT_WORD: lambda char: not (char.isalnum() or char == "_"),
}


def spans(pattern: str, text: str) -> Iterator[tuple[int, int]]:
    """Start and end of every match, ignoring case, in windows: a match of more than `WINDOW` // 2 characters may end
    early. ValueError for an unsafe pattern."""
    if reason := danger(pattern):
        raise ValueError(reason)
    compiled, at = re.compile(pattern, re.IGNORECASE), 0
    while at < len(text):
        end, following = min(at + WINDOW, len(text)), at + WINDOW // 2
        for match in compiled.finditer(text, at, end):
            if match.start() >= following and end < len(text):
                break
            yield match.start(), match.end()
            following = max(following, match.end())
        at = following if end < len(text) else len(text)


@lru_cache(maxsize=1024)
def danger(pattern: str) -> str:
    """The reason why a pattern is unsafe on untrusted text, with the remedy; empty when it is safe."""
    try:
        tokens = list(parser.parse(pattern, re.IGNORECASE))
    except (re.error, OverflowError, RecursionError) as error:
        return f"no regular expression: {error}"
    try:
        if _ways(tokens) > MOST_WAYS:
            return "it can match in too many ways; shorten its counted repetitions and alternatives"
        return _followed(tokens)
    except ValueError as refused:
        return str(refused)
    except RecursionError:
        return "it is nested too deeply"


def _ways(tokens: Sequence[Token]) -> int:
    """The number of ways in which the tokens can match from one position, not counting long repetitions."""
    ways = 1
    for kind, value in tokens:
        ways = min(ways * _ways_of(kind, value), MOST_WAYS + 1)
    return ways


def _ways_of(kind: Any, value: Any) -> int:
    if kind in _REPEATS:
        return _ways_of_repeat(*value)
    if kind in _GROUPS:
        return _ways(_body(kind, value))
    if kind is c.BRANCH:
        return sum(_ways(branch) for branch in value[1])
    if kind in _LOOKS:
        if _ways(value[1]) > 1 or any(_long(token) for token in value[1]):
            raise ValueError("a look-around holds a choice; look around for single characters only")
        return 1
    if kind in (c.GROUPREF, c.GROUPREF_EXISTS):
        raise ValueError("it refers back to a group; write the text out")
    return 1


def _ways_of_repeat(least: int, most: int, body: Any) -> int:
    inner = _ways(body)
    if most > LONG:
        if inner > 1 or any(_long(token) for token in _flat(body)):
            raise ValueError("a repetition holds a repetition or a choice; repeat single characters or fixed texts")
        return 1
    if any(_long(token) for token in _flat(body)) and most > 1:
        raise ValueError("a repetition holds a repetition or a choice; repeat single characters or fixed texts")
    ways = sum(min(inner, MOST_WAYS) ** times for times in range(least, most + 1))
    return min(int(ways), MOST_WAYS + 1)


def _followed(tokens: Sequence[Token]) -> str:
    """The problem when a long repetition is followed by a character that it can match itself; else empty."""
    for line in _lines(tokens):
        for at, token in enumerate(line[:-1]):
            if _long(token) and not _apart(token, line[at + 1]):
                return "a long repetition is followed by a character that it can match itself; put another one between"
    return ""


def _lines(tokens: Sequence[Token]) -> Iterator[list[Token]]:
    """Every path through groups and branches as a list of characters and repetitions, without anchors."""
    lines: list[list[Token]] = [[]]
    for kind, value in tokens:
        if kind in _GROUPS:
            parts = list(_lines(_body(kind, value)))
        elif kind is c.BRANCH:
            parts = [line for branch in value[1] for line in _lines(branch)]
        elif kind in _REPEATS and not _plain(value[2]):
            once = list(_lines(value[2]))
            twice = [[*first, *second] for first in once for second in once] if value[1] > 1 else once
            parts = [*twice, *([[]] if value[0] == 0 else [])]
        elif kind in _REPEATS and value[0] == 0 and value[1] <= LONG:
            parts = [[(kind, value)], []]
        else:
            parts = [[]] if kind is c.AT or kind in _LOOKS else [[(kind, value)]]
        lines = [[*line, *part] for line in lines for part in parts]
        if len(lines) > MOST_WAYS:
            raise ValueError("it can match in too many ways; shorten its counted repetitions and alternatives")
    yield from lines


def _apart(first: Token, second: Token) -> bool:
    """Whether the next token must begin with a character that the repetition cannot match."""
    kind, value = second
    if kind in _REPEATS:
        return _disjoint(first, value[2][0])
    return _disjoint(first, second)


def _disjoint(repeat: Token, single: Token) -> bool:
    takes, begins = _accepts(repeat[1][2][0]), _accepts(single)
    return not any(_either(takes, char) and _either(begins, char) for char in _SAMPLE)


def _either(accepts: Accepts, char: str) -> bool:
    """Whether the character is accepted, ignoring case."""
    return any(accepts(other) for other in {char, *char.lower()[:1], *char.upper()[:1]})


def _accepts(token: Token) -> Accepts:
    kind, value = token
    if kind is c.LITERAL:
        return lambda char: ord(char) == value
    if kind is c.NOT_LITERAL:
        return lambda char: ord(char) != value
    if kind is c.RANGE:
        return lambda char: value[0] <= ord(char) <= value[1]
    if kind is c.CATEGORY:
        return _CATEGORIES[value]
    if kind is c.IN:
        negated = value[0][0] is c.NEGATE
        parts = [_accepts(part) for part in value[negated:]]
        return lambda char: any(part(char) for part in parts) != negated
    return lambda _char: True


def _long(token: Token) -> bool:
    return token[0] in _REPEATS and token[1][1] > LONG


def _plain(body: Any) -> bool:
    """Whether a repetition repeats one character."""
    return len(body) == 1 and body[0][0] in _SINGLE


def _body(kind: Any, value: Any) -> Any:
    place = _GROUPS[kind]
    return value if place is None else value[place]


def _flat(tokens: Sequence[Token]) -> Iterator[Token]:
    """The tokens and all nested ones."""
    for kind, value in tokens:
        yield kind, value
        if kind in _REPEATS:
            yield from _flat(value[2])
        elif kind in _GROUPS:
            yield from _flat(_body(kind, value))
        elif kind is c.BRANCH:
            yield from (token for branch in value[1] for token in _flat(branch))
