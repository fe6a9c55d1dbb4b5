"""Work item of observations: decided on the ticket's current state, recorded with the receipts they answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, cast
from uuid import UUID

from desk.contract.event import Event, Stream
from desk.contract.streams.client import Client
from desk.contract.ticket.ticket import Ticket
from desk.eventstore.aggregate_id import aggregate_of
from desk.eventstore.envelope_factory import Causation
from desk.eventstore.unit_of_work.decision_runner import DecisionRunner
from desk.eventstore.unit_of_work.unit_of_work import UnitOfWork
from desk.eventstore.unit_of_work.work_items import WorkItem
from desk_intake.psa.observe.late_states import StatusPoint
from desk_intake.psa.observe.merges import absorptions, merge_cycle, root_of
from desk_intake.psa.observe.observe_states import PsaHistory, observe
from desk_intake.psa.observe.revision_rows import REVISIONS, newest_change, recorded_states
from desk_intake.psa.observed_record_types import ObservedTicket
from desk_intake.psa.receipt_and_feed_rows import PSA_ROWS
from desk_intake.psa.receive.stale_reads import READS
from desk_intake.psa.receive.stale_reads import newest_read_start as newest_read
from desk_intake.psa.write_back.write_claims import WriteInFlight, last_write
from desk_integrations.receipts.decision_item import decision_id


class Observe(NamedTuple):
    """Observes states of one record, oldest first, on its ticket, with the receipts that this answers.

    `begun`: start of the read. `winner` is the ticket of the record that this one was merged into; the root of that
    chain absorbs it in the same transaction. `within` is the call that observes before it writes. Raises WriteInFlight
    while the outcome of a write of ours is unknown, because a person who acted after it has seen what it wrote; and if
    a later read is recorded, or a write was made since this read began.
    """

    ticket_id: str
    instance: str
    states: tuple[ObservedTicket, ...]
    receipts: tuple[int, ...] = ()
    traceparent: str = ""
    within: UUID | None = None
    winner: str | None = None
    begun: datetime | None = None

    @property
    def aggregates(self) -> Sequence[str]:
        client = aggregate_of(Stream.CLIENTS, self.states[-1].fields["client"] or "-")
        return (self.ticket_id, client, *((self.winner,) if self.winner else ()))

    @property
    def recheck_if_unchanged(self) -> bool:
        return True

    def run(self, work: UnitOfWork, runner: DecisionRunner) -> list[Event]:
        ticket: Ticket = work.replica(self.ticket_id).state
        newest = self.states[-1]
        identity = decision_id(self.instance, newest.record, newest.revision, str(ticket.intake.observed))
        context = runner.by_itself(identity, self.ticket_id, ticket)
        history = self._history(work)
        drafts = observe(self.states, ticket, history, context)
        if drafts and newest.in_scope and self.winner is not None and history.root is None:
            drafts += merge_cycle(self.ticket_id, ticket, newest)
        work.write(PSA_ROWS.receipts.answered, *((receipt,) for receipt in self.receipts))
        if self.begun is not None:
            work.write(READS, (self.instance, newest.record, self.begun))
        work.write(REVISIONS, *((self.instance, newest.record, *StatusPoint.of(seen)) for seen in self.states))
        chain = Causation(identity, traceparent=self.traceparent, stable=True)
        events = runner.decided(work, self.ticket_id, drafts, context, chain) if drafts else []
        return [*events, *(self._absorbed(work, runner, history.root) if history.root else ())]

    def on_failure(self, error: Exception) -> WorkItem[list[Event]] | None:
        return None

    def _absorbed(self, work: UnitOfWork, runner: DecisionRunner, root: str) -> list[Event]:
        newest, events = self.states[-1], list[Event]()
        for place, draft in list(absorptions(self.ticket_id, root, newest, lambda t: _ticket(work, t))):
            identity = decision_id(self.instance, newest.record, place, draft.data.name, root)
            context = runner.by_itself(identity, place, _ticket(work, place))
            chain = Causation(identity, traceparent=self.traceparent, stable=True)
            events += runner.decided(work, place, [draft], context, chain)
        return events

    def _history(self, work: UnitOfWork) -> PsaHistory:
        place = (self.instance, self.states[-1].record)
        client: Client = work.replica(self.aggregates[1]).state

        def timeline() -> list[StatusPoint]:
            return work.read(lambda reads: recorded_states(reads.cursor, *place))

        write = work.read(lambda reads: last_write(reads.cursor, *place))
        if write is not None and write.in_doubt and write.effect != self.within:
            raise WriteInFlight(place[1])
        last = work.read(lambda reads: newest_read(reads.cursor, *place))
        if self.begun is not None and last is not None and last > self.begun:
            raise WriteInFlight(place[1])
        newest = work.read(lambda reads: newest_change(reads.cursor, *place))
        written = (write.made, write.was) if write is not None and write.made is not None else None
        # a call that reads before it writes has made none of its changes yet
        unwritten = self.within is not None and not self.states[-1].own
        pending = {} if write is None or unwritten else write.pending
        return PsaHistory(self.instance, pending, client, timeline, newest, written, self._root(work))

    def _root(self, work: UnitOfWork) -> str | None:
        winner = self.winner if self.states[-1].in_scope else None
        return root_of(self.ticket_id, winner, lambda ticket: _ticket(work, ticket)) if winner else None


def _ticket(work: UnitOfWork, ticket_id: str) -> Ticket:
    return cast(Ticket, work.replica(ticket_id).state)
