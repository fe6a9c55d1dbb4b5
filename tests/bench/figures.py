"""Results of a bench: a figure next to the raw part that bounds it, measured in the same run."""

from __future__ import annotations

import sys
from typing import NamedTuple


class Figure(NamedTuple):
    """One measured value. `ratio` compares it with a raw part of the same run; `aim` is what was hoped for."""

    what: str
    value: str
    ratio: str = ""
    aim: str = ""


def percentile(values: list[float], share: float) -> float:
    """The value below which that share of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def table(figures: list[Figure]) -> str:
    """Markdown."""
    rows = [f"| {f.what} | {f.value} | {f.ratio} | {f.aim} |" for f in figures]
    return "\n".join(["| Figure | Measured | Compared with raw parts | Target |", "|---|---|---|---|", *rows])


def say(text: str) -> None:
    """Progress on standard error, so that the table on standard output stays clean."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()
