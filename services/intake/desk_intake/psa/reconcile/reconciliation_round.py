"""The feeds of one PSA instance in the order of a round."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from desk.contract.event import Draft, Stream
from desk.contract.ticket.ticket import Ticket
from desk.decision.context import DecisionContext
from desk.eventstore.connections.leader_lock import LeaderLock
from desk.eventstore.table_writer import DbCursor
from desk_intake.psa.instance_parts import PsaInstance
from desk_intake.psa.observe import observe_states
from desk_intake.psa.observe.record_links import unmapped_records
from desk_intake.psa.observe.revision_rows import purge_revisions
from desk_intake.psa.receive.webhook import ensure_hooks
from desk_intake.psa.reconcile.incremental_feeds import Reconciliation
from desk_intake.psa.write_back.write_claims import purge_written
from desk_integrations.polling.fault_isolation import RoundResult
from desk_integrations.polling.feed_status import SWEEP
from desk_integrations.polling.poller import Part, Poller
from desk_integrations.receipts.decision_item import decision_id


class PsaRounds:
    """Implements `Rounds` for one instance."""

    def __init__(self, psa_instance: PsaInstance) -> None:
        self._access, self._lists = psa_instance.access, Reconciliation(psa_instance)
        self._note_reader = psa_instance.tickets.note_reader

    def parts(self, result: RoundResult, *, sweep: bool) -> Iterator[tuple[str, Part]]:
        """Every feed with its function, tickets first."""
        lists = self._lists
        yield "tickets", partial(lists.tickets, result, back=sweep)
        yield "time", partial(lists.time, result)
        yield "notes", partial(lists.notes, result, every=sweep)
        yield "agreements", partial(lists.agreements, result)
        yield "companies", partial(lists.companies, result)
        yield "contacts", partial(lists.contacts, result)
        yield "members", partial(lists.members, result)
        yield "configurations", partial(lists.configurations, result)
        yield "again", partial(lists.revisits.revisit, result)
        yield "statuses", self._statuses
        yield "hooks", self._hooks
        if sweep:
            yield SWEEP, partial(self._sweep, result)

    def unreadable(self) -> int:
        """The number of unreadable notes."""
        return self._note_reader.unreadable()

    async def remap(self) -> int:
        """Give kept observations the class that their status has now; returns the number of facts."""
        statuses, total, instance = self._access.statuses, 0, self._access.config.id

        def decision(ticket: Ticket, _context: DecisionContext) -> list[Draft]:
            return observe_states.mapped(ticket, statuses.class_anywhere, statuses.version)

        for ticket_id, record in await self._access.query(lambda cursor: unmapped_records(cursor, instance)):
            identity = decision_id(instance, record, "mapped", statuses.version)
            total += len(await self._access.decide(Stream.TICKETS, ticket_id, identity, decision))
        return total

    async def _statuses(self) -> None:
        await self.remap()

    async def _hooks(self) -> None:
        await ensure_hooks(self._access)

    async def _sweep(self, result: RoundResult) -> None:
        await self._lists.slow.sweep(result)
        await self._access.query(self._purge)

    def _purge(self, cursor: DbCursor) -> None:
        """Delete rows beyond their retention."""
        self._access.rows.receipts.purge(cursor)
        purge_revisions(cursor)
        purge_written(cursor)


def psa_poller(psa_instance: PsaInstance, rounds: PsaRounds, leader: LeaderLock) -> Poller:
    """The poller of one instance."""
    return Poller(psa_instance.access, psa_instance.feeds, rounds, leader)
