"""Extracts plain lines from texts of mail or web forms, with mark-up, any line end, invisible characters. Pure."""

from __future__ import annotations

import re
import unicodedata
from html import unescape

TAG = re.compile(r"<(?:br|/p|/div|/li|/tr|/h[1-6]|/blockquote)\b[^<>]{0,200}>", re.IGNORECASE)
OTHER_TAG = re.compile(r"</?[a-z][a-z0-9]{0,14}(?:\s[^<>]{0,400})?/?>", re.IGNORECASE)
HIDDEN = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
"""Characters without width: soft hyphens, joiners, marks of direction, byte order marks."""
APOSTROPHES = str.maketrans("\u2018\u2019\u02bc\u00b4`", "'''''")


def lines_of(text: str) -> list[str]:
    """The lines with plain apostrophes and single blanks, without mark-up and invisible characters."""
    plain = unescape(OTHER_TAG.sub("", TAG.sub("\n", text)))
    plain = HIDDEN.sub("", unicodedata.normalize("NFKC", plain).translate(APOSTROPHES))
    return [" ".join(line.split()) for line in plain.splitlines()]
