"""A condition cut into tokens."""

import re
from dataclasses import dataclass

TOKENS = re.compile(
    r"""\s*(?:
      (?P<string>"(?:[^"\\]|\\.)*") | (?P<date>\[[^\]]*\]) | (?P<number>-?\d+(?:\.\d+)?)
    | (?P<operator><=|>=|!=|=|<|>) | (?P<mark>[(),]) | (?P<word>[A-Za-z_][\w/]*)
    )""",
    re.VERBOSE,
)


class ConditionError(ValueError):
    """The text is not a condition; the message says where and what was expected."""


@dataclass(frozen=True, slots=True)
class Token:
    kind: str
    text: str
    at: int


def tokens(text: str) -> list[Token]:
    found: list[Token] = []
    position, end = 0, len(text.rstrip())
    while position < end:
        match = TOKENS.match(text, position)
        if match is None or match.lastgroup is None:
            raise ConditionError(f"unexpected text at position {position}: {text[position : position + 20]!r}")
        found.append(Token(match.lastgroup, match[match.lastgroup], match.start(match.lastgroup)))
        position = match.end()
    return [*found, Token("end", "", end)]
