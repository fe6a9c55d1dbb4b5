"""Slow feeds of a round: revisits, and records that the PSA no longer lists, or lists again."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import cast

from desk_intake.psa.instance_parts import PsaInstance
from desk_intake.psa.observe.record_links import deleted_records, recorded_records
from desk_intake.psa.receive.receipt_worker import READS
from desk_intake.psa.reconcile.change_log import ChangeLog
from desk_intake.psa.reconcile.record_fault_isolation import RecordFaultIsolation, RoundResult, Work
from desk_intake.psa.reconcile.revisits import NOTE, Reason, Revisit, clear_revisit, due_revisits
from desk_integrations.kinds.psa import RecordType

MOST = 10_000


class Sweep:
    """Reads records of one instance that no list of changes names."""

    def __init__(self, psa_instance: PsaInstance, records: RecordFaultIsolation, history: ChangeLog) -> None:
        self._psa_instance, self._access, self._instance = (
            psa_instance,
            psa_instance.access,
            psa_instance.access.config.id,
        )
        self._records, self._history = records, history

    async def revisit(self, result: RoundResult) -> None:
        """Revisit records that were unreadable or absent; all of them in a round requested by a person."""
        found = await self._access.query(
            lambda cursor: due_revisits(cursor, self._instance, "failed", "missing", all_of_them=not result.skip_paused)
        )
        read = set[str]()
        for visit in found:
            if visit.kind == NOTE:
                await self._note(result, visit, read)
            elif await self._records.each(result, visit.kind, visit.record, self._work(visit)):
                await self._clear(visit, "failed", "missing")

    async def _note(self, result: RoundResult, visit: Revisit, read: set[str]) -> None:
        """Read a note with the others of its ticket, unless these were `read` just now. The note reader lists those
        that are still unreadable.
        """
        ticket = visit.record.partition("/")[0]
        retry = partial(self._psa_instance.tickets.note_reader.retry, ticket)
        if ticket not in read and await self._records.each(result, NOTE, visit.record, retry):
            read.add(ticket)

    async def sweep(self, result: RoundResult) -> None:
        """Find unreported deletions, and records that were recorded as deleted but are present.

        Holds whose contact is with the client again are ended.
        """
        recorded = await self._access.query(lambda cursor: recorded_records(cursor, self._instance))
        there = await self._present("ticket", recorded)
        missing = [record for record in recorded if record not in there]
        result.missing += len(missing)
        await self._records.all_of(
            result, "ticket", [(r, self._work(Revisit("ticket", r, "missing"))) for r in missing]
        )
        await self._back(result)
        result.changed += await self._psa_instance.people.release_all() > 0

    async def _back(self, result: RoundResult) -> None:
        deleted = await self._access.query(lambda cursor: deleted_records(cursor, self._instance))
        gone = await self._access.query(
            lambda cursor: due_revisits(cursor, self._instance, "gone", most=MOST, all_of_them=True)
        )
        by_kind: dict[str, list[str]] = {"ticket": deleted}
        for visit in gone:
            by_kind.setdefault(visit.kind, []).append(visit.record)
        for kind, records in by_kind.items():
            there = await self._present(cast(RecordType, kind), records)
            for visit in [Revisit(kind, record, "gone") for record in sorted(there)]:
                if await self._records.each(result, kind, visit.record, self._work(visit)):
                    await self._clear(visit, "gone")

    async def _present(self, kind: RecordType, records: Sequence[str]) -> set[str]:
        return await self._access.connection.psa.present(kind, records)

    def _work(self, visit: Revisit) -> Work:
        if visit.kind == "ticket":
            return lambda: self._ticket(visit)
        return lambda: READS[visit.kind](self._psa_instance, visit.record)

    async def _ticket(self, visit: Revisit) -> int:
        between = await self._history.of(visit.record) if visit.reason == "failed" else []
        return await self._psa_instance.tickets.read(visit.record, "poll", between=between)

    async def _clear(self, visit: Revisit, *reasons: Reason) -> None:
        await self._access.query(
            lambda cursor: clear_revisit(cursor, self._instance, visit.kind, visit.record, *reasons)
        )
