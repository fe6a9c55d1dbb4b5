"""The checker of a restore: `python -m tests.drill.checker RUN.json` prints figures as JSON, ends 1 when one is wrong.

A program of its own: it reads the stores by SQL, the topics and the PSA's ledger, and uses none of the services' code.
To what the checker of the chaos tests finds it adds what a restore must not do: answer history a second time, forget
what was there before, leave keys of facts unnoticed.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import psycopg
from tests.chaos.checks import invariants, psa_findings
from tests.chaos.checks.evidence import SERVICES, Evidence, gather

EXAMPLES = 6
KEY = re.compile(rb'\{"key":"([^"\\]+)","box":"')
OUTCOMES = ("psa-linked", "psa-synced", "psa-sync-conflicted", "psa-duplicate-found")
"""Facts about calls, recorded when the call ends: later than what asked for them."""
ASIDE = ("ops:", "security:")


def snapshot(database: str) -> dict[str, Any]:
    """The stores before a restore: the ids of the facts that each holds, and the types that answered each cause."""
    held: dict[str, list[str]] = {}
    answers: set[tuple[str, str]] = set()
    with psycopg.connect(database, autocommit=True) as session:
        for name in SERVICES:
            query = f"SELECT event_id::text, topic, state FROM {name}.stored_events"
            rows = session.execute(query.encode()).fetchall()
            held[name] = [row[0] for row in rows]
            answers |= {(row[1], cause) for row in rows if (cause := json.loads(row[2]).get("causationid"))}
    return {"held": held, "answers": sorted(answers)}


def false_facts(evidence: Evidence, before: dict[str, Any]) -> Iterator[str]:
    """Facts that a restored service recorded in answer to what it had applied, and answered, before the restore."""
    everything = {identity for held in before["held"].values() for identity in held}
    answered = {(kind, cause) for kind, cause in before["answers"]}
    for service in before["restored"]:
        applied = set(before["held"][service])
        for fact in evidence.stores[service].facts:
            if not fact.own or fact.id in everything or fact.aggregate.startswith(ASIDE):
                continue
            body = json.loads(fact.raw)
            cause, kind = body.get("causationid"), body["type"]
            late = kind.split(".")[2] in OUTCOMES and (kind, cause) not in answered
            if cause in applied and not late:
                yield f"{service} recorded {kind} on {fact.aggregate} again in answer to {cause}"


def forgotten(evidence: Evidence, before: dict[str, Any]) -> Iterator[str]:
    """Facts that any store held before the restore and that a store lacks now.

    A fact that only the restored store held had not been published: nobody else can give it back. Where it answered a
    command, `lost` finds it in the journal.
    """
    holders: dict[str, list[str]] = {}
    for name, held in before["held"].items():
        for identity in held:
            holders.setdefault(identity, []).append(name)
    kept = {identity for identity, names in holders.items() if len(names) > 1 or names[0] not in before["restored"]}
    for name, store in evidence.stores.items():
        for identity in kept - {fact.id for fact in store.facts}:
            yield f"{identity} was there before and is not in {name}"


def repeated_calls(evidence: Evidence) -> Iterator[str]:
    """Calls to the PSA that were carried out twice."""
    for marker, count in psa_findings.repeated_notes(evidence).items():
        yield f"note {marker} is there {count} times"
    yield from psa_findings.made_twice(evidence)


def parked(evidence: Evidence) -> Iterator[str]:
    """Facts that wait for an operator."""
    for name, store in evidence.stores.items():
        for cause, count in store.parked.items():
            yield f"{name} has {count} parked for {cause}"


def missing_keys(database: str) -> set[str]:
    """Ids of keys that facts of any store name, and that the key ring neither has nor remembers as destroyed."""
    with psycopg.connect(database, autocommit=True) as session:
        named: set[bytes] = set()
        for name in SERVICES:
            for (raw,) in session.execute(f"SELECT state FROM {name}.stored_events".encode()):
                named.update(KEY.findall(raw))
        ring = "SELECT key_id FROM keyring.keys UNION SELECT key_id FROM keyring.former_keys"
        return {key.decode() for key in named} - {row[0] for row in session.execute(ring)}


def journal(run: dict[str, Any]) -> str:
    """The generator's lines, without the commands accepted in a stretch of time that is gone for good."""
    lines = Path(run["journal"]).read_text("utf-8").splitlines()
    if run["gone"] is None:
        return "\n".join(lines)
    begin, end = run["gone"]
    return "\n".join(line for line in lines if not begin <= json.loads(line).get("at", 0.0) <= end)


def judge(evidence: Evidence, before: dict[str, Any]) -> dict[str, Any]:
    """Counts of what is wrong, with examples."""
    found = {
        "lost": [*invariants.lost(evidence), *forgotten(evidence, before), *psa_findings.unknown_here(evidence),
                 *psa_findings.not_made(evidence)],
        "double": list(invariants.doubled(evidence)),
        "order": list(invariants.inverted(evidence)),
        "unequal": [line for line in invariants.unequal(evidence) if " parked for " not in line],
        "false": list(false_facts(evidence, before)),
        "repeated": list(repeated_calls(evidence)),
        "parked": list(parked(evidence)),
        "psa": list(psa_findings.disagreeing(evidence)),
    }  # fmt: skip
    figures: dict[str, Any] = {name: len(lines) for name, lines in found.items()}
    figures["facts"] = len(evidence.stores["intake"].facts)
    figures["examples"] = {name: list(islice(lines, EXAMPLES)) for name, lines in found.items() if lines}
    return figures


def main(path: str) -> int:
    """Exit code 0 when all is right."""
    run = json.loads(Path(path).read_text("utf-8"))
    before = json.loads(Path(run["before"]).read_text("utf-8"))
    evidence = asyncio.run(gather(run, journal(run)))
    figures = judge(evidence, before) | {"keys": len(missing_keys(run["database"]))}
    sys.stdout.write(json.dumps(figures, indent=1) + "\n")
    return 1 if any(value for name, value in figures.items() if name not in ("facts", "examples")) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
