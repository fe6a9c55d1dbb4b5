"""Judges the way to the PSA and back: what people did there is known here, what was sent there is there once. Pure."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from tests.chaos.checks.evidence import Evidence

from desk_simulators.connectwise import STATUS_CLASSES

MARKER = re.compile(r"\[desk-ref ([A-Za-z0-9-]{16,64})\]")
OPEN = frozenset({"open"})
WAITING = frozenset({"waiting-client", "waiting-vendor", "waiting-schedule", "waiting-internal"})
ACCEPTED: Mapping[str, frozenset[str]] = {
    "new": frozenset({"new", "open"}),
    "triaged": frozenset({"new", "open"}),
    "waiting": WAITING,
    "resolved": frozenset({"resolved", "closed"}),
    "closed": frozenset({"closed"}),
    "cancelled": frozenset({"cancelled", "closed"}),
}
"""What the PSA may show while the ticket stands so; every status that is not named: open."""
STATUS, RECORD = 3, 1
"""Columns of the checker's view of a ticket, after its id."""


def unknown_here(evidence: Evidence) -> Iterator[str]:
    """Records and time entries of the PSA that this desk does not know in every store."""
    entries = {str(entry["id"]) for entry in evidence.psa.times}
    for name, store in evidence.stores.items():
        known = {row[RECORD] for row in store.view.values()}
        linked, timed = _named(store.facts)
        for ticket in evidence.psa.tickets:
            if str(ticket["id"]) not in known | linked:
                yield f"{name} does not know record {ticket['id']}"
        for entry in entries - timed:
            yield f"{name} does not know time entry {entry}"


def _named(facts: Any) -> tuple[set[str], set[str]]:
    linked, timed = set(), set()
    for fact in facts:
        if b'"desk.intake.psa-linked.v1"' in fact.raw:
            linked.add(json.loads(fact.raw)["data"]["record"])
        elif b'"desk.intake.psa-time-observed.v1"' in fact.raw:
            timed.add(json.loads(fact.raw)["data"]["entry"])
    return linked, timed


def disagreeing(evidence: Evidence) -> Iterator[str]:
    """Records whose status the ticket's status does not accept, or whose priority is another one."""
    rows = {row[RECORD]: row for row in evidence.stores["intake"].view.values() if row[RECORD] is not None}
    links = _links(evidence)
    for ticket in evidence.psa.tickets:
        record = str(ticket["id"])
        row = rows.get(record) or evidence.stores["intake"].view.get(links.get(record, ""))
        shown = STATUS_CLASSES[ticket["status"]["id"]]
        if row is None or record in evidence.stopped:
            continue
        status = row[STATUS]
        if shown not in ACCEPTED.get(status, OPEN):
            yield f"record {record} shows {shown}, the ticket is {status}"


def _links(evidence: Evidence) -> dict[str, str]:
    found = {}
    for fact in evidence.stores["intake"].facts:
        if b'"desk.intake.psa-linked.v1"' in fact.raw:
            found[json.loads(fact.raw)["data"]["record"]] = fact.aggregate
    return found


def made_twice(evidence: Evidence) -> Iterator[str]:
    """Tickets of ours that are more than one record in the PSA: the reference is a handle to find the first by."""
    references = Counter(ticket.get("externalXRef") for ticket in evidence.psa.tickets)
    for reference, count in references.items():
        if reference and count > 1:
            yield f"ticket {reference} is {count} records"


def not_made(evidence: Evidence) -> Iterator[str]:
    """Tickets that were opened here and are no record in the PSA, notes of ours that are not there."""
    references = {ticket.get("externalXRef") for ticket in evidence.psa.tickets}
    opened = [line for line in evidence.journal if line.get("name") == "open-ticket" and line["outcome"] == "accepted"]
    for line in opened:
        if line["subject"] not in references:
            yield f"ticket {line['subject']} is no record"
    wanted = sum(line.get("name") in ("note", "reply") for line in evidence.journal if line["outcome"] == "accepted")
    there = len(_markers(evidence))
    if there < wanted:
        yield f"{wanted - there} of {wanted} notes are not there"


def repeated_notes(evidence: Evidence) -> dict[str, int]:
    """Marker -> how often it is there, where more than once: the PSA has no handle for notes."""
    return {marker: count for marker, count in _markers(evidence).items() if count > 1}


def _markers(evidence: Evidence) -> Counter[str]:
    texts = (note.get("text") or "" for notes in evidence.psa.notes.values() for note in notes)
    return Counter(marker for text in texts for marker in MARKER.findall(text))
