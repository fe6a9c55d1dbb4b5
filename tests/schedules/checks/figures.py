"""Figures of the handbook: `python -m tests.schedules.checks.figures RUNS [TWIN_RUNS]` prints how many failed.

Prints a line every 5,000 runs, so that a run that is stopped has said how far it came.
"""

from __future__ import annotations

import sys
from time import process_time

import structlog
from tests.schedules.running import explained, run
from tests.schedules.twins.mutants import RIGHT, TWINS, rule_5_of_the_design
from tests.schedules.world import Parts

PAGE = 5000


def main(runs: int, twin_runs: int) -> None:
    """Count failures of the right services, then of every broken twin."""
    structlog.configure(processors=[_silent])
    count("as built", RIGHT, runs)
    for name, parts in TWINS.items():
        count(name, parts, twin_runs)
    with rule_5_of_the_design():
        count("rule 5 as first designed", RIGHT, twin_runs)


def count(name: str, parts: Parts, runs: int) -> None:
    """Run the seeds 0 .. runs-1 and print the rate."""
    failed, began = 0, process_time()
    for seed in range(runs):
        verdict = run(parts, seed)
        if verdict.wrong:
            failed += 1
            if name == "as built" and failed == 1:
                say(explained(parts, verdict))
        if (seed + 1) % PAGE == 0 or seed + 1 == runs:
            say(f"{name}: {failed} of {seed + 1} schedules fail, {process_time() - began:.0f} s of one processor")


def say(line: str) -> None:
    """A line at once, also into a pipe."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _silent(*_: object) -> str:
    raise structlog.DropEvent


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 2000)
