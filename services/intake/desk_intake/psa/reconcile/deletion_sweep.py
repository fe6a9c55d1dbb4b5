"""Feed `sweep`: finds records that the PSA no longer lists, or lists again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from desk_intake.psa.instance_parts import PsaInstance
from desk_intake.psa.observe.record_links import deleted_records, recorded_records
from desk_intake.psa.reconcile.revisits import Revisits
from desk_integrations.kinds.psa import RecordType
from desk_integrations.polling.fault_isolation import RecordFaultIsolation, RoundResult
from desk_integrations.polling.revisit_rows import Revisit

MOST = 10_000


class Sweep:
    """Reads records of one instance that no list of changes names."""

    def __init__(self, psa_instance: PsaInstance, records: RecordFaultIsolation, revisits: Revisits) -> None:
        self._psa_instance, self._access = psa_instance, psa_instance.access
        self._instance = psa_instance.access.config.id
        self._records, self._revisits = records, revisits

    async def sweep(self, result: RoundResult) -> None:
        """Find unreported deletions, and records that were recorded as deleted but are present.

        Holds whose contact is with the client again are ended.
        """
        recorded = await self._access.query(lambda cursor: recorded_records(cursor, self._instance))
        there = await self._present("ticket", recorded)
        missing = [record for record in recorded if record not in there]
        result.missing += len(missing)
        items = [(record, self._revisits.work(Revisit("ticket", record, "missing"))) for record in missing]
        await self._records.all_of(result, "ticket", items)
        await self._back(result)
        result.changed += await self._psa_instance.people.release_all() > 0

    async def _back(self, result: RoundResult) -> None:
        rows = self._access.rows.revisits
        deleted = await self._access.query(lambda cursor: deleted_records(cursor, self._instance))
        gone = await self._access.query(
            lambda cursor: rows.due(cursor, self._instance, "gone", most=MOST, all_of_them=True)
        )
        by_kind: dict[str, list[str]] = {"ticket": deleted}
        for visit in gone:
            by_kind.setdefault(visit.kind, []).append(visit.record)
        for kind, records in by_kind.items():
            there = await self._present(cast(RecordType, kind), records)
            for visit in [Revisit(kind, record, "gone") for record in sorted(there)]:
                if await self._records.each(result, kind, visit.record, self._revisits.work(visit)):
                    await self._revisits.clear(visit, "gone")

    async def _present(self, kind: RecordType, records: Sequence[str]) -> set[str]:
        return await self._access.connection.psa.present(kind, records)
