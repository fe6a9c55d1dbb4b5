"""The drill's checker finds what a restore must not do, and says nothing of what it may do."""

from __future__ import annotations

import json
from typing import Any

from tests.chaos.checks.evidence import SERVICES, Evidence, Fact, Psa, Store
from tests.drill.checker import false_facts, forgotten, judge, repeated_calls

CAUSE, ANSWER = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
NEW = "33333333-3333-4333-8333-333333333333"


def fact(owner: str, identity: str, kind: str, seq: int = 1, cause: str | None = None, aggregate: str = "t1") -> Fact:
    body: dict[str, Any] = {"id": identity, "type": f"desk.{owner}.{kind}.v1", "correlationid": CAUSE, "prevhash": ""}
    if cause is not None:
        body["causationid"] = cause
    return Fact(aggregate, owner, seq, identity, True, json.dumps(body).encode())


def evidence(*facts: Fact, notes: dict[int, list[dict[str, Any]]] | None = None) -> Evidence:
    """Five stores that hold these facts, each its own as such."""
    stores = {name: Store([one._replace(own=one.owner == name) for one in facts], {}, {}, {}) for name in SERVICES}
    return Evidence(stores, list(facts), Psa([], notes or {}, [], [], {}), [], frozenset())


def before(*facts: Fact, restored: str, applied: tuple[str, ...] = (CAUSE,)) -> dict[str, Any]:
    held = {name: [one.id for one in facts] for name in SERVICES} | {restored: list(applied)}
    answers = [
        (json.loads(one.raw)["type"], json.loads(one.raw)["causationid"]) for one in facts if b"causation" in one.raw
    ]
    return {"held": held, "answers": answers, "restored": [restored]}


OPENED = fact("intake", CAUSE, "ticket-opened")
QUEUED = fact("triage", ANSWER, "queued", cause=CAUSE)
AGAIN = fact("triage", NEW, "queued", 2, cause=CAUSE)


def test_a_second_answer_to_an_answered_fact_is_false() -> None:
    (found,) = false_facts(evidence(OPENED, QUEUED, AGAIN), before(OPENED, QUEUED, restored="triage"))
    assert found == f"triage recorded desk.triage.queued.v1 on t1 again in answer to {CAUSE}"


def test_an_answer_to_a_fact_not_applied_before_is_right() -> None:
    past = before(OPENED, QUEUED, restored="triage", applied=())
    assert list(false_facts(evidence(OPENED, QUEUED, AGAIN), past)) == []


def test_a_new_epoch_and_facts_of_before_are_right() -> None:
    epoch = fact("triage", NEW, "epoch-started", cause=CAUSE, aggregate="ops:triage")
    assert list(false_facts(evidence(OPENED, QUEUED, epoch), before(OPENED, QUEUED, restored="triage"))) == []


def test_the_outcome_of_a_call_is_false_only_when_recorded_before() -> None:
    done = fact("intake", NEW, "psa-synced", 2, cause=CAUSE)
    first = fact("intake", ANSWER, "psa-synced", 2, cause=CAUSE)
    assert list(false_facts(evidence(OPENED, done), before(OPENED, restored="intake"))) == []
    assert len(list(false_facts(evidence(OPENED, first, done), before(OPENED, first, restored="intake")))) == 1


def test_what_was_there_before_and_is_missing_anywhere_is_forgotten() -> None:
    found = evidence(OPENED)
    found.stores["sla"].facts.clear()
    assert list(forgotten(found, before(OPENED, restored="sla"))) == [f"{CAUSE} was there before and is not in sla"]


def test_what_only_the_restored_store_held_was_not_published_and_is_not_forgotten() -> None:
    found, was = evidence(OPENED), before(OPENED, restored="intake", applied=(CAUSE, NEW))
    assert list(forgotten(found, was)) == []
    was["held"]["triage"].append(NEW)
    assert len(list(forgotten(found, was))) == len(SERVICES)


def test_a_note_that_is_there_twice_is_a_repeated_call() -> None:
    marked = [{"text": "done [desk-ref 0198c0de-0000-7000-8000-000000000000]"}] * 2
    assert len(list(repeated_calls(evidence(OPENED, notes={1: marked})))) == 1


def test_a_desk_without_fault_has_no_figure_but_its_facts() -> None:
    figures = judge(evidence(OPENED), before(OPENED, restored="triage"))
    assert {name: value for name, value in figures.items() if value} == {"facts": 1}
