"""Marker lines: the vendor has no idempotency key for notes and time, so each carries a line that names our effect.

The key must be hard to guess (a UUID): whoever knew it could place the line first and so keep our text out.
"""

from __future__ import annotations

import re

KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{15,63}")


def marker_line(key: str) -> str:
    """The line for one effect."""
    if not KEY.fullmatch(key):
        raise ValueError("marker key: give 16 to 64 letters, digits and dashes that are hard to guess, such as a UUID")
    return f"[desk-ref {key}]"


def marked(text: str, key: str) -> str:
    """`text` with its marker as the last line."""
    return f"{text.rstrip()}\n\n{marker_line(key)}" if text.strip() else marker_line(key)


def carries(text: str, key: str) -> bool:
    """True when one line of `text` is the marker, whatever the vendor did to line ends and blanks."""
    line = marker_line(key)
    return any(part.strip() == line for part in text.splitlines())


def unmarked(text: str) -> str:
    """`text` without marker lines, for comparing and for showing."""
    kept = [line for line in text.splitlines() if not re.fullmatch(r"\[desk-ref [A-Za-z0-9-]{16,64}\]", line.strip())]
    return "\n".join(kept).rstrip()
