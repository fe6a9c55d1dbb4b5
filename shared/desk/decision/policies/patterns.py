"""Checks published regular expressions for safe matching time.

Python's engine backtracks and holds the interpreter meanwhile. A pattern is accepted when no text gives it more than a
few ways to match from one position: no repetition inside a repetition, and after each long repetition a character that
it cannot match itself. Matching takes at most the square of a text's length, and texts are searched in short windows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from desk.decision.policies.regex_tree import (
    Accepts,
    Anchor,
    Branch,
    Character,
    Group,
    Look,
    Reference,
    Repeat,
    Token,
    parsed,
)

WINDOW = 400
LONG = 20
"""Repetitions up to this count are treated as written out, up to `MOST_WAYS` ways in all."""
MOST_WAYS = 10_000
_SAMPLE = [chr(point) for point in (*range(0x250), 0x2028, 0x20AC, 0x4E00, 0x1F600)]


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
        tokens = parsed(pattern)
    except (re.error, OverflowError) as error:
        return f"no regular expression: {error}"
    except RecursionError:
        return "it is nested too deeply"
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
    for token in tokens:
        ways = min(ways * _ways_of(token), MOST_WAYS + 1)
    return ways


def _ways_of(token: Token) -> int:
    match token:
        case Repeat():
            return _ways_of_repeat(token)
        case Group(body):
            return _ways(body)
        case Branch(branches):
            return sum(map(_ways, branches))
        case Look(body) if _ways(body) > 1 or any(map(_long, body)):
            raise ValueError("a look-around holds a choice; look around for single characters only")
        case Reference():
            raise ValueError("it refers back to a group; write the text out")
    return 1


def _ways_of_repeat(repeat: Repeat) -> int:
    least, most, body = repeat
    inner = _ways(body)
    if most > LONG:
        if inner > 1 or any(map(_long, _flat(body))):
            raise ValueError("a repetition holds a repetition or a choice; repeat single characters or fixed texts")
        return 1
    if any(map(_long, _flat(body))) and most > 1:
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
    for token in tokens:
        parts = list(_parts(token))
        lines = [[*line, *part] for line in lines for part in parts]
        if len(lines) > MOST_WAYS:
            raise ValueError("it can match in too many ways; shorten its counted repetitions and alternatives")
    yield from lines


def _parts(token: Token) -> Iterator[list[Token]]:
    """The paths through one token."""
    match token:
        case Group(body):
            yield from _lines(body)
        case Branch(branches):
            for branch in branches:
                yield from _lines(branch)
        case Repeat(least, most, body) if not _plain(body):
            once = list(_lines(body))
            yield from ([*first, *second] for first in once for second in once) if most > 1 else once
            if least == 0:
                yield []
        case Repeat(least, most) if least == 0 and most <= LONG:
            yield [token]
            yield []
        case Anchor() | Look():
            yield []
        case _:
            yield [token]


def _apart(first: Token, second: Token) -> bool:
    """Whether the next token must begin with a character that the repetition cannot match."""
    takes, begins = _accepted(first), _accepted(second)
    return not any(_either(takes, char) and _either(begins, char) for char in _SAMPLE)


def _either(accepts: Accepts, char: str) -> bool:
    """Whether the character is accepted, ignoring case."""
    return any(accepts(other) for other in {char, *char.lower()[:1], *char.upper()[:1]})


def _accepted(token: Token) -> Accepts:
    """The characters with which a token of a path can begin."""
    match token:
        case Character(accepts):
            return accepts
        case Repeat(_, _, (first, *_)):
            return _accepted(first)
    return lambda _char: True


def _long(token: Token) -> bool:
    return isinstance(token, Repeat) and token.most > LONG


def _plain(body: Sequence[Token]) -> bool:
    """Whether a repetition repeats one character."""
    return len(body) == 1 and isinstance(body[0], Character)


def _flat(tokens: Sequence[Token]) -> Iterator[Token]:
    """The tokens and all nested ones."""
    for token in tokens:
        yield token
        match token:
            case Repeat(_, _, body) | Group(body):
                yield from _flat(body)
            case Branch(branches):
                for branch in branches:
                    yield from _flat(branch)
