"""What an import did, told at its end."""

from __future__ import annotations

from typing import Any

import msgspec

from desk_deploy.cli.history.import_run import ImportResult
from desk_deploy.cli.output import say, show_json

LISTED = 20


def show_summary(result: ImportResult, *, as_json: bool) -> None:
    """For people or for programs."""
    if as_json:
        show_json(as_document(result))
        return
    say(f"rows read       {result.rows:,}")
    say(f"  recorded      {result.recorded:,}")
    say(f"  repeated      {result.repeated:,} (known before)")
    say(f"  duplicates    {result.duplicates:,} (equal to an earlier row, no events by the mapping)")
    say(f"  unmapped      {result.unmapped:,} (a state without class: kept, listed, not guessed)")
    say(f"  refused       {len(result.refused):,}")
    for row in result.refused[:LISTED]:
        say(f"    line {row.line}: {row.field}: {row.reason}; {row.remedy}")
    if len(result.refused) > LISTED:
        say(f"    and {len(result.refused) - LISTED:,} more (all with --json)")
    say(f"facts           {result.facts:,}")
    for status, number in result.tickets.items():
        say(f"tickets {status:<8}{number:,}")
    for service, number in result.parked.items():
        say(f"parked in {service}: {number:,} facts: see `desk parked list`")
    say(f"intake          {result.intake_seconds:.1f} s")
    waited = "not waited for" if result.drained_seconds is None else f"{result.drained_seconds:.1f} s"
    say(f"all drained     {waited}")


def as_document(result: ImportResult) -> dict[str, Any]:
    """The result as JSON values; `refused` lists line, field, reason and remedy."""
    document: dict[str, Any] = msgspec.to_builtins(result)
    return document
