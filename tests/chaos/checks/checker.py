"""The checker: `python -m tests.chaos.checks.checker RUN.json` prints figures as JSON; it exits 1 if a check fails.

A program of its own: it compares what the generator had accepted, what the PSA saw, the topics' content and the five
stores, and takes no verdict from the services.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from tests.chaos.checks import invariants, psa_findings
from tests.chaos.checks.evidence import Evidence, gather

SHOWN = 8
VERDICTS: Mapping[str, Callable[[Evidence], Iterable[str]]] = {
    "lost": invariants.lost,
    "doubled": invariants.doubled,
    "inverted": invariants.inverted,
    "unequal": invariants.unequal,
    "psa_unknown_here": psa_findings.unknown_here,
    "psa_disagrees": psa_findings.disagreeing,
    "psa_not_made": psa_findings.not_made,
    "psa_made_twice": psa_findings.made_twice,
}
"""Each says line by line what is wrong."""


def judge(evidence: Evidence) -> dict[str, Any]:
    """Counts of what is wrong, each with its first examples, and of what there was."""
    found = {name: list(verdict(evidence)) for name, verdict in VERDICTS.items()}
    repeats = psa_findings.repeated_notes(evidence)
    figures: dict[str, Any] = {name: len(lines) for name, lines in found.items()}
    figures |= {
        "notes_repeated_once": sum(count == 2 for count in repeats.values()),
        "notes_repeated_more": sum(count > 2 for count in repeats.values()),
        **_there(evidence),
    }
    figures["examples"] = {name: _first(lines) for name, lines in found.items() if lines}
    figures["right"] = not any(found.values()) and not figures["notes_repeated_more"]
    return figures


def _there(evidence: Evidence) -> dict[str, Any]:
    distinct = len({fact.id for fact in evidence.topic})
    lines = evidence.journal
    return {
        "commands_accepted": sum(line["kind"] == "command" and line["outcome"] == "accepted" for line in lines),
        "commands_refused": sum(line["kind"] == "command" and line["outcome"] == "refused" for line in lines),
        "commands_unknown": sum(line["outcome"] == "unknown" for line in lines),
        "commands_repeated": sum(line.get("tries", 1) > 1 for line in lines),
        "psa_acts": sum(line["kind"] == "act" and line["outcome"] == "accepted" for line in lines),
        "psa_tickets": len(evidence.psa.tickets),
        "psa_writes": len(evidence.psa.writes),
        "psa_callbacks": evidence.psa.outcomes,
        "psa_stopped": len(evidence.stopped),
        "tickets": len(evidence.stores["intake"].view),
        "facts": {name: len(store.facts) for name, store in evidence.stores.items()},
        "effects": evidence.stores["intake"].effects,
        "published_distinct": distinct,
        "published_again": len(evidence.topic) - distinct,
    }


def _first(lines: Iterable[str]) -> list[str]:
    return list(islice(lines, SHOWN))


def main(path: str) -> int:
    """Exit code 0 when all is right."""
    run = json.loads(Path(path).read_text("utf-8"))
    journal = Path(run["journal"]).read_text("utf-8")
    figures = {"seed": run["seed"], **judge(asyncio.run(gather(run, journal)))}
    sys.stdout.write(json.dumps(figures, indent=1) + "\n")
    return 0 if figures["right"] else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
