"""Feed `again`: reads records again that were unreadable or absent, until they are read or proven to be gone."""

from __future__ import annotations

from functools import partial

from desk_intake.psa.conversation.note_rows import NOTE
from desk_intake.psa.instance_parts import PsaInstance
from desk_intake.psa.receive.webhook_record_reader import READS
from desk_intake.psa.reconcile.change_log_states import ChangeLog
from desk_integrations.polling.fault_isolation import RecordFaultIsolation, RoundResult, Work
from desk_integrations.polling.revisit_rows import Reason, Revisit


class Revisits:
    """Reads single records of one instance that are listed for a revisit."""

    def __init__(self, psa_instance: PsaInstance, records: RecordFaultIsolation, history: ChangeLog) -> None:
        self._psa_instance, self._access = psa_instance, psa_instance.access
        self._instance, self._rows = psa_instance.access.config.id, psa_instance.access.rows.revisits
        self._records, self._history = records, history

    async def revisit(self, result: RoundResult) -> None:
        """Revisit records that were unreadable or absent; all of them in a round requested by a person."""
        every = not result.skip_paused
        found = await self._access.query(
            lambda cursor: self._rows.due(cursor, self._instance, "failed", "missing", all_of_them=every)
        )
        read = set[str]()
        for visit in found:
            if visit.kind == NOTE:
                await self._note(result, visit, read)
            elif await self._records.each(result, visit.kind, visit.record, self.work(visit)):
                await self.clear(visit, "failed", "missing")

    def work(self, visit: Revisit) -> Work:
        """Reads the record of a revisit."""
        if visit.kind == "ticket":
            return lambda: self._ticket(visit)
        return lambda: READS[visit.kind](self._psa_instance, visit.record)

    async def clear(self, visit: Revisit, *reasons: Reason) -> None:
        """Remove a record that was read from the list, for these reasons."""
        await self._access.query(
            lambda cursor: self._rows.clear(cursor, self._instance, visit.kind, visit.record, *reasons)
        )

    async def _note(self, result: RoundResult, visit: Revisit, read: set[str]) -> None:
        """Read a note with the others of its ticket, unless these were `read` just now. The note reader lists those
        that are still unreadable.
        """
        ticket = visit.record.partition("/")[0]
        retry = partial(self._psa_instance.tickets.note_reader.retry, ticket)
        if ticket not in read and await self._records.each(result, NOTE, visit.record, retry):
            read.add(ticket)

    async def _ticket(self, visit: Revisit) -> int:
        between = await self._history.of(visit.record) if visit.reason == "failed" else []
        return await self._psa_instance.tickets.read(visit.record, "poll", between=between)
