"""The restore drill, `python -m tests.drill`: puts stores back and hurts the database, under load, and reports.

    --bus local|kafka      only one bus          --kind KIND        only rows of this kind, e.g. older (repeatable)
    --service NAME         only rows of one      --seed N           fixes what everybody wants to do (1)
    --write                the table goes into handbook/reliability.md

Everything is on loopback and ends with the program. Exit code 1 when a row is wrong.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

from tests.drill.row import RESTORES, Result, Row
from tests.drill.table import write
from tests.drill.venue import Venue

from desk_deploy.services import SERVICES

HANG, FAULT, FULL = 75.0, 12.0, 20.0


def rows() -> list[Row]:
    """The whole drill: each service and bus, then the database in trouble."""
    found: list[Row] = []
    for bus in ("local", "kafka"):
        found += [Row(bus, "dropped", (name,)) for name in SERVICES]
        found += [Row(bus, "older", (name,)) for name in SERVICES]
        found += [Row(bus, "point", tuple(SERVICES)), Row(bus, "ring", tuple(SERVICES))]
        found += [
            Row(bus, "read-only", tuple(SERVICES), FAULT),
            Row(bus, "hang", tuple(SERVICES), HANG),
            Row(bus, "connections", tuple(SERVICES), FAULT),
            Row(bus, "disk-full", tuple(SERVICES), FULL),
        ]
    return found


def chosen(arguments: argparse.Namespace) -> list[Row]:
    """The rows that were asked for."""
    return [
        row
        for row in rows()
        if (not arguments.bus or row.bus == arguments.bus)
        and (not arguments.kind or row.kind in arguments.kind)
        and (not arguments.service or row.services == (arguments.service,))
    ]


def carried_out(wanted: Iterable[Row], seed: int) -> list[Result]:
    """Every row, one after the other; a world in which one went wrong is left for a new one."""
    results: list[Result] = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="desk-drill-")))
        folder.chmod(0o755)
        venue = stack.enter_context(Venue(folder))
        for row in wanted:
            began = time.monotonic()
            result = venue.carry_out(row, seed)
            sys.stdout.write(f"{result.text()}  [{time.monotonic() - began:.0f} s]\n")
            sys.stdout.flush()
            results.append(result)
    return results


def main() -> int:
    """Exit code 0 when every row that ran is right."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.drill", description="Restores and database faults, under load."
    )
    parser.add_argument("--bus", choices=("local", "kafka"))
    parser.add_argument("--kind", action="append", choices=(*RESTORES, "read-only", "hang", "connections", "disk-full"))
    parser.add_argument("--service", choices=tuple(SERVICES))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    sys.stdout.write(f"seed {arguments.seed}\n")
    results = carried_out(chosen(arguments), arguments.seed)
    if arguments.write:
        write(results)
    wrong = sum(not result.right for result in results)
    sys.stdout.write(f"{len(results)} rows, {wrong} wrong\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
