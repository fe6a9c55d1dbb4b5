"""Reads the records that callbacks of the PSA name, by their type."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence

from desk_intake.psa.instance_parts import PsaInstance
from desk_integrations.receipts.rows import Receipt

Read = Callable[[PsaInstance, str], Awaitable[int]]
READS: Mapping[str, Read] = {
    "time": lambda psa_instance, record: psa_instance.times.read(record, "webhook"),
    "company": lambda psa_instance, record: psa_instance.clients.company(record),
    "contact": lambda psa_instance, record: psa_instance.people.contact(record),
    "configuration": lambda psa_instance, record: psa_instance.clients.device(record),
    "agreement": lambda psa_instance, record: psa_instance.clients.agreement(record),
    "member": lambda psa_instance, record: psa_instance.people.member(record),
}
"""All types but tickets, whose callbacks carry earlier states."""
TYPES = frozenset({"ticket", *READS})


class PsaRecordReader:
    """Implements `RecordReader` for one PSA instance."""

    def __init__(self, psa_instance: PsaInstance) -> None:
        self._psa_instance = psa_instance

    async def read(self, receipts: Sequence[Receipt]) -> bool:
        """Read the record. The receipts of a ticket are marked with its facts."""
        first = receipts[0]
        if first.type == "ticket":
            await self._psa_instance.tickets.read(first.record, "webhook", receipts)
            return True
        await READS[first.type](self._psa_instance, first.record)
        return False

    def parks(self, kind: str) -> bool:
        """Every type but tickets: their callbacks stay, because they carry states that cannot be read again."""
        return kind != "ticket"
