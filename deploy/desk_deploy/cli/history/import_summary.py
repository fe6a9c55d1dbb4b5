"""Prints the result of an import."""

from __future__ import annotations

from typing import Any

import msgspec

from desk_deploy.cli.history.import_run import ImportResult
from desk_deploy.cli.output import say, show_json

LISTED = 20


def show_summary(result: ImportResult, *, as_json: bool) -> None:
    """Print the result as text or as JSON."""
    if as_json:
        show_json(as_document(result))
        return
    _line("rows read", f"{result.rows:,}")
    _line("  recorded", f"{result.recorded:,}")
    _line("  repeated", f"{result.repeated:,} (recorded by an earlier import)")
    _line("  duplicates", f"{result.duplicates:,} (equal to an earlier row; the mapping ignores them)")
    _line("  unmapped", f"{result.unmapped:,} (recorded, but the mapping has no class for their state)")
    _line("  before opening", _before_opening(result.before_opening))
    _line("  refused", f"{len(result.refused):,}")
    for row in result.refused[:LISTED]:
        say(f"    line {row.line}: {row.field}: {row.reason}; {row.remedy}")
    if len(result.refused) > LISTED:
        say(f"    and {len(result.refused) - LISTED:,} more; use --json to list all")
    _line("facts recorded", f"{result.facts:,}")
    for status, number in result.tickets.items():
        _line(f"tickets {status}", f"{number:,}")
    for service, number in result.parked.items():
        _line(f"facts parked in {service}", f"{number:,}; see `desk parked list`")
    _line("intake finished after", f"{result.intake_seconds:.1f} s")
    _line("all services drained after", _drained(result.drained_seconds))


def _before_opening(lines: list[int]) -> str:
    meaning = "recorded, but their ticket changed or ended before it was opened; check times.zone and the columns"
    listed = ", ".join(map(str, lines[:LISTED])) + (", ..." if len(lines) > LISTED else "")
    return f"{len(lines):,} ({meaning})" + (f": line {listed}" if lines else "")


def _line(label: str, value: str) -> None:
    say(f"{label:<28}{value}")


def _drained(seconds: float | None) -> str:
    return "not waited for (--no-wait)" if seconds is None else f"{seconds:.1f} s"


def as_document(result: ImportResult) -> dict[str, Any]:
    """The result as JSON values; `refused` lists line, field, reason and remedy."""
    document: dict[str, Any] = msgspec.to_builtins(result)
    return document
