"""Marker lines: the vendor has no idempotency key for notes and time, so each has a line that names our call.

The key must be hard to guess (a UUID): a person who knew it could write the line first and so suppress our text.
Replies by mail quote the line, so it alone does not prove that a text is ours.
"""

from __future__ import annotations

import re

from desk_connectors.plain_text import lines_of

KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{15,63}")
LINE = re.compile(r"\[desk-ref [A-Za-z0-9-]{16,64}\]")
QUOTED_LINE = re.compile(r"(?:[>|] ?)*" + LINE.pattern)


def marker_line(key: str) -> str:
    """The line for one call."""
    if not KEY.fullmatch(key):
        raise ValueError("marker key: give 16 to 64 letters, digits and dashes that are hard to guess, such as a UUID")
    return f"[desk-ref {key}]"


def marked(text: str, key: str) -> str:
    """`text` with its marker as the last line."""
    return f"{text.rstrip()}\n\n{marker_line(key)}" if text.strip() else marker_line(key)


def carries(text: str, key: str) -> bool:
    """True if one line of `text` is the marker, whatever the vendor did to line ends, blanks and mark-up."""
    return marker_line(key) in lines_of(text)


def has_marker(text: str) -> bool:
    """True if a line of `text` is the marker of any call. A line quoted with `>` is not."""
    return any(LINE.fullmatch(line) for line in lines_of(text))


def unmarked(text: str) -> str:
    """`text` without marker lines, also quoted ones; unchanged if it has none.

    If mark-up puts a marker and other words into one line, only the marker is removed.
    """
    if not LINE.search(text):
        return text
    kept = (_without_marker(line) for line in text.splitlines())
    return "\n".join(line for line in kept if line is not None).rstrip()


def _without_marker(line: str) -> str | None:
    """The line without markers; None if it consists of them."""
    rendered = [part for part in lines_of(line) if part]
    markers = [part for part in rendered if QUOTED_LINE.fullmatch(part)]
    if not markers:
        return line
    return LINE.sub("", line) if len(markers) < len(rendered) else None
