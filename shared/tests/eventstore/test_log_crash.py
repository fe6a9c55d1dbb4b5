"""kill -9 of a writing process: acknowledged facts are stored, none is doubled, the chain is complete."""

from __future__ import annotations

import random
import subprocess
import sys
import time

import pytest

from desk.bus.local.bus import LocalBus
from desk.contract.event import Draft
from desk.eventstore.aggregate_replica import digest
from desk.eventstore.event_log import EventLog
from desk.eventstore.handler_registry import Tables
from desk.eventstore.schema import migrate
from desk.eventstore.unit_of_work.commit_notifier import CommitNotifier
from desk.eventstore.unit_of_work.work_items import Command
from desk.inbox.inbox import Inbox
from desk.inbox.ports import RawRecord
from desk.testing.notes import NOTES, TICKETS, Answered, NoPolicies, context, say, text_of

pytestmark = [pytest.mark.postgres, pytest.mark.slow]
ROUNDS, SEED = 6, 20260301


def victim(url: str, start: int) -> None:
    """Record numbered texts one after the other and print each when it is acknowledged."""
    log = EventLog(url, "intake", NOTES, Tables(), NoPolicies())
    log.start()
    for number in range(start, start + 100_000):
        log.writer.submit_wait(Command(TICKETS, f"T{number % 5}", say(str(number)), context()))
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()


def applier(url: str) -> None:
    """Apply and react to everything, batch by batch, until killed."""
    log = docs(url)
    bus = LocalBus(CommitNotifier(), ["intake"], limit=5)
    inbox = Inbox(log)
    bus.attach(log, inbox.apply)
    while True:
        if not bus.turn():
            time.sleep(0.01)


def docs(url: str) -> EventLog:
    tables = Tables(
        reactions={"desk.intake.said.v1": lambda event, _state, _now: [Draft(data=Answered(text=text_of(event)))]}
    )
    log = EventLog(url, "docs", NOTES, tables, NoPolicies())
    log.start()
    return log


def run_and_kill(role: str, url: str, start: int, seconds: float) -> list[int]:
    """The numbers that were acknowledged before the kill."""
    child = subprocess.Popen([sys.executable, __file__, role, url, str(start)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    answered = []
    if role == "victim":
        answered.append(int(child.stdout.readline()))
    else:
        time.sleep(1)
    time.sleep(seconds)
    child.kill()
    answered += [int(line) for line in child.stdout.read().splitlines()]
    child.stdout.close()
    child.wait()
    return answered


def test_kills_lose_nothing_that_was_answered_and_double_nothing(database: str) -> None:
    for owner in ("intake", "docs"):
        migrate(database, owner)
    dice = random.Random(SEED)
    answered: list[int] = []
    for round_number in range(ROUNDS):
        answered += run_and_kill("victim", database, round_number * 1_000_000, dice.uniform(0.05, 0.4))
        run_and_kill("applier", database, 0, dice.uniform(0.05, 0.4))

    intake = EventLog(database, "intake", NOTES, Tables(), NoPolicies())
    facts = [NOTES.decode(raw) for raw in all_facts(intake)]
    numbers = [int(text_of(fact)) for fact in facts]
    assert len(answered) >= ROUNDS
    assert set(answered) <= set(numbers)
    assert len(numbers) == len(set(numbers))
    chained(all_facts(intake))

    log = docs(database)
    tally = Inbox(log).apply([RawRecord(TICKETS.topic, fact.subject, NOTES.encode(fact)) for fact in facts])
    assert (tally.parked, tally.applied.total() + tally.duplicates.total()) == (0, len(facts))
    texts = [text_of(fact) for fact in map(NOTES.decode, all_facts(log)) if fact.owner == "docs"]
    assert sorted(map(int, texts)) == sorted(numbers)
    chained(all_facts(log))
    log.stop()
    intake.store.close()


def all_facts(log: EventLog) -> list[bytes]:
    return [fact.raw for page in log.store.read(lambda reads: list(reads.pages())) for fact in page]


def chained(raws: list[bytes]) -> None:
    """Every owner's facts on every ticket follow each other without a gap."""
    last: dict[tuple[str, str], tuple[int, str]] = {}
    for raw in raws:
        fact = NOTES.decode(raw)
        seq, prevhash = last.get((fact.owner, fact.subject), (0, ""))
        assert (fact.ownerseq, fact.prevhash) == (seq + 1, prevhash)
        last[fact.owner, fact.subject] = (fact.ownerseq, digest(raw))


if __name__ == "__main__":
    if sys.argv[1] == "victim":
        victim(sys.argv[2], int(sys.argv[3]))
    else:
        applier(sys.argv[2])
