"""SLA timers end to end on real PostgreSQL: any number of schedulers, a crash, a service clock that jumps."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

import pytest
from msgspec.structs import replace

from desk.clock import Clock
from desk.contract.codec import encode
from desk.contract.event import Draft, Event, Origin, Payload, Stream
from desk.contract.ticket.triage import dispatch as d
from desk.eventstore.aggregate_replica import digest
from desk.eventstore.catalogue_event_model import catalogued
from desk.eventstore.event_log import EventLog
from desk.eventstore.schema import migrate
from desk.inbox.inbox import Inbox
from desk.inbox.ports import RawRecord
from desk.policies import PolicyBook
from desk.service.definition import tables_of
from desk.testing import controls as c
from desk.testing.clock import FakeClock
from desk.testing.given import Story
from desk.timers.scheduler import Timers
from desk_sla.clocks.state import folding
from desk_sla.main import SLA

pytestmark = pytest.mark.postgres
Open = Callable[..., EventLog]
BREACHED = ["threshold-reached"] * 4 + ["clock-breached"]


@pytest.fixture
def open_log(database: str) -> Iterator[Open]:
    migrate(database, "sla", SLA.migrations)
    logs: list[EventLog] = []

    def make(clock: Clock | None = None) -> EventLog:
        book = PolicyBook(SLA.policies.builtin)
        logs.append(EventLog(database, "sla", folding(catalogued()), tables_of(SLA, book=book), book, clock))
        logs[-1].start()
        return logs[-1]

    yield make
    for log in logs:
        log.stop()


class Telling:
    """The other services' facts on one ticket, as the bus delivers them: opened long ago, P1 (response 15m, 24x7)."""

    def __init__(self, subject: str, opened: datetime, origin: Origin = "live") -> None:
        self.subject, self.story = subject, Story(origin=origin)
        self.hashes: dict[str, str] = {}
        self.opened = opened

    def begins(self) -> list[RawRecord]:
        return [
            self.tells(c.opening(opened_at=self.opened), self.opened),
            self.tells(c.assessed(priority="P1"), self.opened),
        ]

    def tells(self, fact: Payload, at: datetime) -> RawRecord:
        event = self.story.record(Draft(data=fact, time=at))
        identity, chain = self._id(event), self.hashes.get(event.owner, "")
        told = replace(
            event, id=identity, correlationid=identity, subject=self.subject, recordedtime=at, prevhash=chain
        )
        raw = encode(told)
        self.hashes[event.owner] = digest(raw)
        return RawRecord(Stream.TICKETS.topic, self.subject, raw)

    def _id(self, event: Event) -> UUID:
        return uuid5(c.NAMESPACE, f"{self.subject}-{event.id}")


def run_out(log: EventLog) -> int:
    """Every timer that is due, in turns; how many fired."""
    timers, fired = Timers(log, lease=timedelta(0)), 0
    while turn := timers.turn():
        fired += turn
    return fired


def recorded(log: EventLog, subject: str, clock: str = "response") -> list[str]:
    rows = log.store.read(lambda reads: reads.events_after({subject: 0}))
    events = [log.language.decode(row.raw) for row in rows if row.owner == "sla"]
    return [e.data.name for e in events if getattr(e.data, "clock", "") == clock]


def armed(log: EventLog) -> list[str]:
    query = "SELECT aggregate || ' ' || natural_key FROM timers ORDER BY 1"
    return [row[0] for row in log.store.execute(lambda cursor: cursor.execute(query).fetchall())]


def over_an_hour_ago() -> datetime:
    return datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=65)


def test_thresholds_and_the_breach_fire_once_and_the_next_one_waits(open_log: Open) -> None:
    log = open_log()
    Inbox(log).apply(Telling("T1", over_an_hour_ago()).begins())
    run_out(log)
    assert recorded(log, "T1") == ["clock-started", "clock-retargeted", *BREACHED]
    assert armed(log) == ["T1 plan|1|75|1", "T1 resolution|1|50|1"]


def test_three_schedulers_at_once_miss_none_and_double_none(open_log: Open) -> None:
    logs = [open_log() for _ in range(3)]
    subjects = [f"T{number}" for number in range(30)]
    Inbox(logs[0]).apply([record for subject in subjects for record in Telling(subject, over_an_hour_ago()).begins()])
    threads = [threading.Thread(target=run_out, args=(log,)) for log in logs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    run_out(logs[0])
    wanted = Counter(["clock-started", "clock-retargeted", *BREACHED])
    assert {subject: Counter(recorded(logs[0], subject)) for subject in subjects} == dict.fromkeys(subjects, wanted)


def test_a_scheduler_that_died_with_timers_in_hand_loses_none(open_log: Open) -> None:
    dead, log = open_log(), open_log()
    Inbox(dead).apply(Telling("T1", over_an_hour_ago()).begins())
    taken = dead.store.execute(Timers(dead, lease=timedelta(0))._take)
    assert taken
    run_out(log)
    assert recorded(log, "T1")[2:] == BREACHED


@pytest.mark.parametrize("jump", [timedelta(hours=1), timedelta(hours=-1)])
def test_a_service_clock_that_jumps_fires_nothing_early_and_nothing_twice(open_log: Open, jump: timedelta) -> None:
    clock = FakeClock(datetime.now(UTC))
    log = open_log(clock)
    telling = Telling("T1", over_an_hour_ago())
    Inbox(log).apply(telling.begins())
    clock.advance(jump)
    run_out(log)
    Inbox(log).apply([telling.tells(d.Queued(queue="Network", revision=1), over_an_hour_ago())])
    run_out(log)
    assert recorded(log, "T1")[2:] == BREACHED
    assert recorded(log, "T1", "resolution") == ["clock-started"]


def test_waiting_on_the_client_cancels_what_was_armed(open_log: Open) -> None:
    log, start = open_log(), over_an_hour_ago()
    telling = Telling("T1", start)
    Inbox(log).apply(telling.begins())
    run_out(log)
    Inbox(log).apply([telling.tells(d.WaitingStarted(wait="w1", on="client"), start + timedelta(minutes=50))])
    assert armed(log) == []
    Inbox(log).apply([telling.tells(d.WaitingEnded(wait="w1"), start + timedelta(minutes=55))])
    assert armed(log) == ["T1 plan|1|75|1", "T1 resolution|1|50|1"]


def test_imported_history_arms_nothing(open_log: Open) -> None:
    log = open_log()
    Inbox(log).apply(Telling("T1", over_an_hour_ago(), "import").begins())
    assert (armed(log), recorded(log, "T1")) == ([], [])
