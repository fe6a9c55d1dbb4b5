"""Intake reads a record: every transition becomes one observation, own writes settle what was under way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from uuid import uuid5

from msgspec.structs import replace
from tests.schedules.model.gateway import KNOWN, NAMESPACE, Known, Write, known, observation_id
from tests.schedules.psa import API, Entry
from tests.schedules.scenario import CLIENT, CONTACT_ID, INSTANCE

from desk.contract.event import Actor, Draft, Event, Origin
from desk.contract.ticket.intake import facts as i
from desk.contract.ticket.intake import psa as facts
from desk.contract.ticket.intake.psa_record import PsaLinked
from desk.contract.ticket.ticket import Ticket
from desk.eventstore.envelope_factory import Causation
from desk.eventstore.unit_of_work.decision_runner import DecisionRunner
from desk.eventstore.unit_of_work.unit_of_work import UnitOfWork
from desk.eventstore.unit_of_work.work_items import WorkItem


class Observe(NamedTuple):
    """Converts a read of a record to facts, each transition once; reads of own writes complete open writes."""

    ticket: str
    record: str
    log: Sequence[Entry]
    origin: Origin = "live"
    conflict: Write | None = None

    @property
    def aggregates(self) -> Sequence[str]:
        return (self.ticket,)

    @property
    def recheck_if_unchanged(self) -> bool:
        return False

    def run(self, work: UnitOfWork, runner: DecisionRunner) -> list[Event]:
        before = now = work.read(lambda store: known(store, self.ticket))
        events: list[Event] = []
        for entry in self.log[now.seen :]:
            drafts, now = self._entry(entry, now, work.replica(self.ticket).state)
            identity = uuid5(NAMESPACE, f"{self.record}|{entry.n}")
            context = runner.by_itself(identity, self.ticket, work.replica(self.ticket).state)
            chain = Causation(identity, stable=True, time=entry.at)
            events += runner.decided(work, self.ticket, drafts, context, chain) if drafts else []
        if now != before:
            work.write(KNOWN, (self.ticket, now))
        return events

    def on_failure(self, error: Exception) -> WorkItem[list[Event]] | None:
        return None

    def _entry(self, entry: Entry, now: Known, ticket: Ticket) -> tuple[list[Draft], Known]:
        now = now._replace(seen=entry.n, status=entry.after if entry.field == "status" else now.status)
        if entry.actor == API:
            return self._own(entry, now)
        born = [] if ticket.intake.exists else birth(self.record, entry)
        drafts = [*born, self._observed(entry, now, ticket)]
        if self.origin == "import":
            drafts = [replace(draft, mode="import", origin="import") for draft in drafts]
        if self.conflict is not None and entry.field == "status" and entry.n == self.conflict.base + 1:
            drafts.append(self._conflicted(entry, self.conflict))
        return drafts, now

    def _own(self, entry: Entry, now: Known) -> tuple[list[Draft], Known]:
        write = now.write
        if write is None:
            return [], now
        synced = facts.PsaSynced(effect=str(write.id), fields=("status",), shown=write.covers, revision=str(entry.n))
        return [Draft(data=synced)], now._replace(covers=(*now.covers, (entry.n, write.covers)), write=None)

    def _observed(self, entry: Entry, now: Known, ticket: Ticket) -> Draft:
        is_status = entry.field == "status"
        data = facts.PsaObserved(
            instance=INSTANCE,
            record=self.record,
            source_seq=ticket.intake.observed + 1,
            revision=str(entry.n),
            status_class=entry.after if is_status else "none",  # type: ignore[arg-type]
            psa_actor=f"psa-member:{entry.actor}",
            via="webhook" if self.origin == "live" else "import",
            changed={entry.field: facts.Change(entry.before, entry.after)},
            status_id=entry.after if is_status else None,
            mapping_version="1",
            shown=now.shown(entry.n),
        )
        identity = observation_id(self.record, entry.n)
        return Draft(data=data, id=identity, mode="outside", actor=Actor("psa-member", entry.actor))

    def _conflicted(self, entry: Entry, write: Write) -> Draft:
        return Draft(
            data=facts.PsaSyncConflicted(
                field="status", ours=write.wanted, theirs=entry.after, revision=f"{write.id}|{entry.n}"
            )
        )


def birth(record: str, entry: Entry) -> list[Draft]:
    """A ticket is born as a record of the PSA."""
    opened = i.TicketOpened(
        kind="incident", profile="incident", client=CLIENT, contact=CONTACT_ID, channel="psa", opened_at=entry.at,
        problem="VPN drops", instance=INSTANCE, record=record,
    )  # fmt: skip
    return [Draft(data=opened), Draft(data=PsaLinked(instance=INSTANCE, record=record))]
