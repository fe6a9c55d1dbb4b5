"""For tests of outbound calls: a service with one kind of call, and a vendor that records the calls it carried out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from desk.contract.event import Draft, Event
from desk.decision.context import DecisionContext
from desk.decision.event_model import EventModel
from desk.decision.planning import Intent, OutboundCall, Outcome
from desk.eventstore.event_log import EventLog
from desk.eventstore.handler_registry import Tables
from desk.eventstore.schema import migrate
from desk.eventstore.unit_of_work.work_items import Command
from desk.outbox.admin import OutboundCallAdmin
from desk.outbox.call_queries import Listed
from desk.outbox.outbound_call_kind import OutboundCallKind
from desk.outbox.worker import OutboundCallWorker
from desk.testing.notes import NOTES, TICKETS, Answered, NoPolicies, Talk, context, say, text_of


def plan(event: Event, _state: object) -> list[Intent]:
    """Plan a page for every text."""
    return [Intent("page", text_of(event), client="acme", data=text_of(event).encode())]


TABLES = Tables(effects={"desk.triage.said.v1": plan}, imported=lambda state: state.imported)


class Vendor:
    """Carries out every call once, unless a scripted answer says otherwise."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.asked = 0
        self.answers: list[Outcome] = []
        self.silent = False
        self.waits: str | None = None

    async def page(self, planned: OutboundCall, _state: Talk) -> Outcome:
        """Make the call."""
        if self.answers:
            return self.answers.pop(0)
        self.done.append(planned.data.decode())
        return Outcome("done", vendor_key="P-1")

    async def look(self, planned: OutboundCall, _state: Talk) -> Outcome:
        """Look up whether the call was made."""
        self.asked += 1
        if self.silent:
            return Outcome("unknown", detail="away")
        return Outcome("done", "P-1") if planned.data.decode() in self.done else Outcome("retry")

    async def ready(self, _planned: OutboundCall, _state: Talk) -> str | None:
        """The reason to wait, if any."""
        return self.waits


class Caller:
    """A process that makes the calls of a service. Several may share a database and a vendor."""

    def __init__(self, database: str, vendor: Vendor, language: EventModel = NOTES, /, **kind: Any) -> None:
        migrate(database, "triage")
        self.log, self.vendor = EventLog(database, "triage", language, TABLES, NoPolicies()), vendor
        settings: dict[str, Any] = {"first_pause": timedelta(0), "facts": _outcome, "query": vendor.look}
        self.kind = OutboundCallKind(
            "page", "pager", vendor.page, _stale, **(settings | {"ready": vendor.ready} | kind)
        )
        self.worker = OutboundCallWorker(self.log, [self.kind], every=0.02)
        self.hands = OutboundCallAdmin(self.log, [self.kind])
        self.log.start()

    def inform_client(self, *texts: str) -> None:
        """Plan a call for each text."""
        self.log.writer.submit_wait(Command(TICKETS, "T1", say(*texts), context()))

    async def turn(self) -> int:
        """Make the calls that are due."""
        return await self.worker.turn(self.kind)

    def sql(self, statement: str, *values: object) -> None:
        """Change the ledger by hand."""
        self.log.store.execute(lambda cursor: cursor.execute(statement.encode(), values))

    @property
    def call(self) -> Listed:
        """The only call of the ledger."""
        (found,) = self.hands.listed()
        return found

    @property
    def state(self) -> str:
        """The state of the only call."""
        return self.call.planned.state

    @property
    def pause(self) -> timedelta:
        """The remaining pause of the only call."""
        query = "SELECT next - now() FROM effects"
        row = self.log.store.execute(lambda cursor: cursor.execute(query).fetchone())
        assert row is not None
        found: timedelta = row[0]
        return found


Open = Callable[..., Caller]


def _stale(planned: OutboundCall, state: Talk) -> bool:
    return f"not {planned.data.decode()}" in state.said("triage")


def _outcome(planned: OutboundCall, outcome: Outcome, _state: Talk, _deciding: DecisionContext) -> list[Draft]:
    return [Draft(data=Answered(text=f"{planned.data.decode()}: {outcome.what}"))]
