"""Reads companies, agreements and devices of the PSA and records their changes."""

from __future__ import annotations

import structlog

from desk.contract.event import Draft, Stream
from desk.contract.streams.client import Client
from desk.decision.context import DecisionContext
from desk_intake.psa.directory import client_facts
from desk_intake.psa.directory.held_ticket_and_agreement_rows import agreement_owner
from desk_intake.psa.event_log_access import LogAccess
from desk_intake.psa.ids import agreement_id, client_id, device_id
from desk_intake.psa.observe.record_links import device_owners
from desk_intake.psa.reconcile.absence import read_record
from desk_integrations.kinds.psa import PsaAgreement, PsaClient, PsaDevice, Selection
from desk_integrations.receipts.decision_item import decision_id
from desk_integrations.vendor_errors import RecordGone, VendorAnswerInvalid, VendorRefused

log = structlog.get_logger(__name__)


class ClientReader:
    """Reads clients of one instance with their agreements and devices."""

    def __init__(self, access: LogAccess) -> None:
        self._access = access
        self._instance = access.config.id
        self._inactive: frozenset[str] | None = None

    async def company(self, record: str) -> int:
        """Read one client with its contracts and tier; returns the number of facts.

        A missing company changes nothing. If the role may not see contracts, the client gets the tier of its type.
        """
        try:
            found = await self._access.connection.psa.company(record)
        except RecordGone:
            return 0
        total = await self.show_company(found)
        listing = self._access.connection.psa.agreements(Selection(client=record))
        try:
            async for agreement in listing:
                total += await self.show_agreement(agreement)
        except (VendorRefused, RecordGone) as refused:
            log.info("contracts of a client cannot be read", instance=self._instance, status=refused.status)
        total += await self.tier(client_id(self._instance, record))
        self.check_readable(found)
        return total

    def check_readable(self, found: PsaClient) -> None:
        """Raise VendorAnswerInvalid if a part of the company cannot be used; the company is recorded without it."""
        if found.unreadable is not None:
            raise found.unreadable

    async def tier(self, client: str) -> int:
        """Record the tier that follows from a client's contracts and types; returns the number of facts."""

        def decision(recorded: Client, context: DecisionContext) -> list[Draft]:
            return client_facts.tier(self._access.config.tiers, recorded, context)

        return await self._client(client, "tier", decision)

    async def show_company(self, found: PsaClient) -> int:
        inactive = await self._inactive_statuses()

        def decision(recorded: Client, _context: DecisionContext) -> list[Draft]:
            return client_facts.company(found, inactive, self._access.config, recorded)

        return await self._client(client_id(self._instance, found.record), f"company {found.changed_at}", decision)

    async def agreement(self, record: str) -> int:
        """Read one contract, with the tier that follows; returns the number of facts."""
        key = agreement_id(self._instance, record)

        async def is_recorded() -> bool:
            return await self._access.query(lambda cursor: agreement_owner(cursor, key)) is not None

        found = await read_record(self._access, "agreement", record, self._access.connection.psa.agreement, is_recorded)
        if found is None:
            return await self._agreement_gone(record)
        return await self.show_agreement(found) + await self.tier(client_id(self._instance, found.client))

    async def show_agreement(self, found: PsaAgreement) -> int:
        def decision(recorded: Client, context: DecisionContext) -> list[Draft]:
            return client_facts.agreement(found, self._access.config, recorded, context)

        client = client_id(self._instance, found.client)
        return await self._client(client, f"agreement {found.record} {found.changed_at}", decision)

    async def device(self, record: str) -> int:
        """Read one device; returns the number of facts."""

        async def is_recorded() -> bool:
            return bool(
                await self._access.query(lambda cursor: device_owners(cursor, device_id(self._instance, record)))
            )

        found = await read_record(
            self._access, "configuration", record, self._access.connection.psa.device, is_recorded
        )
        return await self._device_gone(record) if found is None else await self.show_device(found)

    async def show_device(self, found: PsaDevice) -> int:
        if found.client is None:
            return await self._device_gone(found.record)

        def decision(recorded: Client, _context: DecisionContext) -> list[Draft]:
            return client_facts.device(found, self._access.config, recorded)

        client = client_id(self._instance, found.client)
        moved = await self._device_gone(found.record, keep=client)
        return moved + await self._client(client, f"device {found.record} {found.changed_at}", decision)

    async def _client(self, subject: str, about: str, decision: client_facts.ClientDecision) -> int:
        identity = decision_id(self._instance, subject, about)
        return len(await self._access.decide(Stream.CLIENTS, subject, identity, decision))

    async def _device_gone(self, record: str, keep: str = "") -> int:
        device, total = device_id(self._instance, record), 0
        for subject in await self._access.query(lambda cursor: device_owners(cursor, device)):
            if subject != keep:
                identity = decision_id(self._instance, subject, device, "gone")
                total += len(await self._access.decide(Stream.CLIENTS, subject, identity, _without(device)))
        return total

    async def _agreement_gone(self, record: str) -> int:
        key = agreement_id(self._instance, record)
        owner = await self._access.query(lambda cursor: agreement_owner(cursor, key))
        if owner is None:
            return 0

        def decision(recorded: Client, context: DecisionContext) -> list[Draft]:
            return client_facts.agreement_gone(key, recorded, context)

        return await self._client(owner, f"agreement {record} gone", decision) + await self.tier(owner)

    async def refresh(self) -> None:
        """Read the statuses that make a company inactive. If they cannot be read, the last ones are kept."""
        try:
            self._inactive = await self._access.connection.psa.inactive_client_statuses()
        except (VendorRefused, RecordGone, VendorAnswerInvalid) as refused:
            log.info("statuses of companies cannot be read", instance=self._instance, status=refused.status)

    async def _inactive_statuses(self) -> frozenset[str]:
        if self._inactive is None:
            await self.refresh()
        return self._inactive or frozenset()


def _without(device: str) -> client_facts.ClientDecision:
    return lambda recorded, _context: client_facts.device_gone(device, recorded)
