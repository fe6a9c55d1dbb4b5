"""Splits a text into words as they are read, so that a word cannot be disguised. Pure."""

from __future__ import annotations

import re
import unicodedata

LOOK_ALIKES = str.maketrans("аеорсухіјѕԁһкмтвнɡοαειρυν", "aeopcyxijsdhkmtbhgoaeipuv")
"""Cyrillic and Greek letters that are read as Latin ones."""
WORD = re.compile(r"[^\W_]+")


def folded(text: str) -> tuple[str, ...]:
    """The words of a text without case, punctuation, invisible characters and look-alike letters."""
    plain = unicodedata.normalize("NFKC", text)
    seen = "".join(c for c in plain if unicodedata.category(c) != "Cf").casefold()
    return tuple(_latin(word) for word in WORD.findall(seen))


def names(text: tuple[str, ...], name: tuple[str, ...]) -> bool:
    """Whether words of a text, next to each other, spell the name, however either is hyphenated or spaced."""
    wanted = "".join(name)
    return bool(wanted) and any(_spells(text[start:], wanted) for start in range(len(text)))


def _spells(text: tuple[str, ...], wanted: str) -> bool:
    spelt = ""
    for word in text:
        spelt += word
        if len(spelt) >= len(wanted):
            break
    return spelt == wanted


def _latin(word: str) -> str:
    """A word with its look-alikes replaced if it mixes them with Latin letters; a word of another script is kept."""
    return word.translate(LOOK_ALIKES) if re.search("[a-z]", word) else word
