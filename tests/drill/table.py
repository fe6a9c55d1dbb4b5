"""The drill's results as a table of the handbook, between two marks."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from tests.chaos.desk.workdir import ROOT
from tests.drill.row import COLUMNS, Result

PAGE = ROOT / "handbook" / "reliability.md"
BEGIN, END = "<!-- drill: begin -->", "<!-- drill: end -->"
HEADS = ("bus", "exercise", *COLUMNS, "decided after", "verdict")


def lines(results: Sequence[Result]) -> list[str]:
    """One line per row, with the machine's load that the seconds are of."""
    load, seeds = os.getloadavg()[2], sorted({result.seed // 1000 for result in results})
    seed = ", ".join(map(str, seeds))
    found = [
        f"{datetime.now(UTC):%Y-%m-%d}, seed {seed}, {os.cpu_count()} cores, load average {load:.0f}.",
        "",
        "| " + " | ".join(HEADS) + " |",
        "|" + "---|" * len(HEADS),
    ]
    return found + ["| " + " | ".join(_cells(result)) + " |" for result in results]


def _cells(result: Result) -> list[str]:
    row = result.row
    if result.skipped:
        return [row.bus, row.name, *["-"] * len(COLUMNS), "-", f"not run: {result.skipped}"]
    decided = "never" if result.decided is None else f"{result.decided:.1f} s"
    counts = [str(result.figures.get(name, "-")) for name in COLUMNS]
    verdict = "right" if result.right else " ".join("; ".join(result.complaints[:3]).split()) or "wrong"
    return [row.bus, row.name, *counts, decided, verdict]


def write(results: Sequence[Result], page: Path = PAGE) -> None:
    """Replace what stands between the marks."""
    text = page.read_text("utf-8")
    before, _, marked = text.partition(BEGIN)
    _, _, after = marked.partition(END)
    if not marked or END not in text:
        raise ValueError(f"{page} has no place for the drill's table: it needs {BEGIN} and {END}")
    page.write_text("\n".join([before + BEGIN, *lines(results), END]) + after, "utf-8")
