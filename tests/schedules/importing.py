"""A log that is imported: every entry becomes one observation of history. A model of the import, not the import."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID, uuid5

from msgspec.structs import replace
from tests.schedules.scenario import CLIENT, CONTACT_ID, INSTANCE

from desk.contract.event import Actor, Draft, Event
from desk.contract.ticket.intake import facts as i
from desk.contract.ticket.intake import psa as facts
from desk.contract.ticket.intake.psa_record import PsaLinked
from desk.contract.ticket.ticket import Ticket
from desk.eventstore.envelope_factory import Causation
from desk.eventstore.unit_of_work.decision_runner import DecisionRunner
from desk.eventstore.unit_of_work.unit_of_work import UnitOfWork
from desk.eventstore.unit_of_work.work_items import WorkItem

from .psa import Entry

NAMESPACE = UUID("5c0d8a3e-6f0b-4b0e-9d5c-4a1f0f7f9c11")


def observation_id(record: str, entry: int) -> UUID:
    """The fact that says what this entry of an imported log showed."""
    return uuid5(NAMESPACE, f"{record}|{entry}|observed")


class Import(NamedTuple):
    """Records what the log of an imported ticket has and the store has not."""

    ticket: str
    log: Sequence[Entry]

    @property
    def aggregates(self) -> Sequence[str]:
        return (self.ticket,)

    @property
    def recheck_if_unchanged(self) -> bool:
        return False

    def run(self, work: UnitOfWork, runner: DecisionRunner) -> list[Event]:
        events: list[Event] = []
        for entry in self.log:
            ticket: Ticket = work.replica(self.ticket).state
            if work.has(observation_id(self.ticket, entry.n)):
                continue
            born = [] if ticket.intake.exists else _birth(self.ticket, entry)
            drafts = [replace(d, mode="import", origin="import") for d in (*born, self._observed(entry, ticket))]
            identity = uuid5(NAMESPACE, f"{self.ticket}|{entry.n}")
            context = runner.by_itself(identity, self.ticket, ticket)
            chain = Causation(identity, stable=True, time=entry.at)
            events += runner.decided(work, self.ticket, drafts, context, chain)
        return events

    def on_failure(self, error: Exception) -> WorkItem[list[Event]] | None:
        return None

    def _observed(self, entry: Entry, ticket: Ticket) -> Draft:
        is_status = entry.field == "status"
        data = facts.PsaObserved(
            instance=INSTANCE,
            record=self.ticket,
            source_seq=ticket.intake.observed + 1,
            revision=str(entry.n),
            status_class=entry.after if is_status else "none",  # type: ignore[arg-type]
            psa_actor=f"psa-member:{entry.actor}",
            via="import",
            changed={entry.field: facts.Change(entry.before, entry.after)},
            status_id=entry.after if is_status else None,
            mapping_version="1",
            shown=0,
        )
        identity = observation_id(self.ticket, entry.n)
        return Draft(data=data, id=identity, mode="outside", actor=Actor("psa-member", entry.actor))


def _birth(record: str, entry: Entry) -> list[Draft]:
    opened = i.TicketOpened(
        kind="incident", profile="incident", client=CLIENT, contact=CONTACT_ID, channel="psa", opened_at=entry.at,
        problem="VPN drops", instance=INSTANCE, record=record,
    )  # fmt: skip
    return [Draft(data=opened), Draft(data=PsaLinked(instance=INSTANCE, record=record))]
