"""Judges the facts: what was lost, doubled, put out of order, or differs between the stores. Pure."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Any

from tests.chaos.checks.evidence import Evidence, Fact

Place = tuple[str, str, int]
"""(aggregate, owner, ownerseq)."""


def place(fact: Fact) -> Place:
    """The one place that a fact has in the world."""
    return fact.aggregate, fact.owner, fact.ownerseq


def lost(evidence: Evidence) -> Iterator[str]:
    """Facts that were accepted, stored by their owner or published, and are missing anywhere."""
    recorded = {fact.id: fact for store in evidence.stores.values() for fact in store.facts if fact.own}
    published = {fact.id for fact in evidence.topic}
    places = {name: {fact.id for fact in store.facts} for name, store in evidence.stores.items()}
    places["the topics"] = published
    for name, held in places.items():
        for missing in recorded.keys() - held:
            fact = recorded[missing]
            yield f"{fact.aggregate} {fact.owner} {fact.ownerseq} is not in {name}"
        for missing in published - held:
            yield f"published {missing} is not in {name}"
    for line in _commands(evidence):
        for fact in line["facts"]:
            for name, held in places.items():
                if fact["id"] not in held:
                    yield f"accepted {line['service']} {line['name']} {line['key']}: {fact['type']} is not in {name}"


def doubled(evidence: Evidence) -> Iterator[str]:
    """Facts that a store holds twice, ids or places with two contents, commands that were carried out twice."""
    for name, store in evidence.stores.items():
        for what, count in Counter(fact.id for fact in store.facts).items():
            if count > 1:
                yield f"{name} holds {what} {count} times"
        for where, count in Counter(map(place, store.facts)).items():
            if count > 1:
                yield f"{name} holds {where} {count} times"
    for contents, key in ((_by(evidence.topic, lambda f: f.id), "id"), (_by(evidence.topic, place), "place")):
        for what, found in contents.items():
            if len(found) > 1:
                yield f"the topics hold {len(found)} contents of {key} {what}"
    yield from _repeated_commands(evidence)


def _by(facts: Iterable[Fact], key: Any) -> dict[Any, set[bytes]]:
    found: dict[Any, set[bytes]] = defaultdict(set)
    for fact in facts:
        found[key(fact)].add(fact.raw)
    return found


def _repeated_commands(evidence: Evidence) -> Iterator[str]:
    bodies = {fact.id: json.loads(fact.raw) for fact in evidence.topic}
    direct: dict[str, set[str]] = defaultdict(set)
    for identity, body in bodies.items():
        if not body.get("causationid"):
            direct[body["correlationid"]].add(identity)
    for line in _commands(evidence):
        answered = {fact["id"] for fact in line["facts"]}
        for command in {bodies[fact]["correlationid"] for fact in answered if fact in bodies}:
            for more in direct[command] - answered:
                yield f"accepted {line['service']} {line['name']} {line['key']} recorded {more} besides"


def inverted(evidence: Evidence) -> Iterator[str]:
    """Owners whose facts on an aggregate do not read 1, 2, 3 ... in a store or as they first came on the topic, or do
    not each carry the hash of the one before."""
    for name, store in evidence.stores.items():
        yield from _order(name, store.facts)
    first = list({fact.id: fact for fact in reversed(evidence.topic)}.values())[::-1]
    yield from _order("the topics", first)


def _order(name: str, facts: Iterable[Fact]) -> Iterator[str]:
    heads: dict[tuple[str, str], tuple[int, str]] = {}
    for fact in facts:
        seq, digest = heads.get((fact.aggregate, fact.owner), (0, ""))
        if fact.ownerseq != seq + 1:
            yield f"{name}: {fact.aggregate} {fact.owner} {fact.ownerseq} follows {seq}"
        elif json.loads(fact.raw).get("prevhash", "") != digest:
            yield f"{name}: {fact.aggregate} {fact.owner} {fact.ownerseq} is not chained to {seq}"
        heads[fact.aggregate, fact.owner] = fact.ownerseq, sha256(fact.raw).hexdigest()


def unequal(evidence: Evidence) -> Iterator[str]:
    """Facts whose bytes differ between stores and topics, tickets that read otherwise in another service."""
    contents = defaultdict(set)
    for fact in [*evidence.topic, *(fact for store in evidence.stores.values() for fact in store.facts)]:
        contents[fact.id].add(fact.raw)
    for identity, found in contents.items():
        if len(found) > 1:
            yield f"{identity} has {len(found)} contents"
    views = {name: store.view for name, store in evidence.stores.items()}
    for ticket in {ticket for view in views.values() for ticket in view}:
        rows = {name: view.get(ticket) for name, view in views.items()}
        if len(set(map(str, rows.values()))) > 1:
            yield f"ticket {ticket} reads {rows}"
    for name, store in evidence.stores.items():
        for cause, count in store.parked.items():
            yield f"{name} has {count} parked for {cause}"


def _commands(evidence: Evidence) -> Iterator[dict[str, Any]]:
    return (line for line in evidence.journal if line["kind"] == "command" and line["outcome"] == "accepted")
