"""Reads `handbook/glossary.md`: three tables under the headings Words, Names to avoid, and Wire names."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

from tests.architecture.project import ROOT

PAGE = ROOT / "handbook" / "glossary.md"


class Glossary(NamedTuple):
    """Rows as they are on the page, so that a word defined twice is seen twice."""

    words: tuple[tuple[str, ...], ...]
    avoid: tuple[tuple[str, ...], ...]
    kept: tuple[tuple[str, ...], ...]

    @property
    def ban(self) -> frozenset[str]:
        """Words that no identifier may contain."""
        return frozenset(row[0].strip("`") for row in self.avoid)

    @property
    def wire(self) -> frozenset[str]:
        """Identifiers that are excepted, because they are published."""
        return frozenset(row[0].strip("`") for row in self.kept)


@cache
def glossary(page: Path = PAGE) -> Glossary:
    """The page of the handbook."""
    return parsed(page.read_text())


def parsed(text: str) -> Glossary:
    """The three tables of a page. ValueError names the heading that has none."""
    return Glossary(*(_rows(text, heading) for heading in ("Words", "Names to avoid", "Wire names")))


def _rows(text: str, heading: str) -> tuple[tuple[str, ...], ...]:
    sections = text.split(f"\n## {heading}\n")
    if len(sections) != 2:
        raise ValueError(f"the glossary needs one section `## {heading}`, not {len(sections) - 1}")
    lines = [line for line in sections[1].split("\n## ")[0].splitlines() if line.startswith("|")]
    if len(lines) < 3:
        raise ValueError(f"`## {heading}` needs a table with a header")
    return tuple(tuple(cell.strip() for cell in line.strip().strip("|").split(" | ")) for line in lines[2:])
