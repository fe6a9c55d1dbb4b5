"""Separates the lines that a message's writer wrote from those that a mail program quotes. Pure."""

from __future__ import annotations

import re
from itertools import takewhile

QUOTED = re.compile(r"^\s*[>|]")
QUOTE_BEGINS = re.compile(
    r"^\W*(?:original message|urspr\w+ nachricht|oorspronkelijk bericht|message d'origine|mensaje original"
    r"|messaggio originale|forwarded message)\W*$"
    r"|^(?:on|am|op|le|el|il) .{4,120} (?:wrote|schrieb|schreef|a (?:é|e)crit|escribi(?:ó|o)|ha scritto)\b.{0,80}:\s*$"
    r"|^(?:from|von|van|de|da) ?: .+$|^_{10,}\s*$",
    re.IGNORECASE,
)


def unquoted(lines: list[str]) -> list[str]:
    """The writer's own lines, without quotations below them or behind `>`."""
    own = takewhile(lambda line: not QUOTE_BEGINS.match(line), lines)
    return [line for line in own if not QUOTED.match(line)]
