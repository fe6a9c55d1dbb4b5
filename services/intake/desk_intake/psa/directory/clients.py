"""Reads companies, agreements and devices of the PSA and records their changes."""

from __future__ import annotations

import structlog

from desk.contract.event import Draft, Stream
from desk.contract.streams.client import Client
from desk.decision.context import DecisionContext
from desk_connectors.connectwise import Field
from desk_connectors.connectwise.records import Agreement, Company, Configuration
from desk_connectors.connectwise.records.reading import VENDOR
from desk_connectors.http import RecordGone, VendorAnswerInvalid, VendorRefused
from desk_intake.psa.connectwise.zones import iana
from desk_intake.psa.directory import directory
from desk_intake.psa.ids import agreement_id, client_id, decision_id, device_id
from desk_intake.psa.log_access import LogAccess
from desk_intake.psa.observe.record_links import agreement_owner, device_owners
from desk_intake.psa.reconcile.absence import read_record

log = structlog.get_logger(__name__)


class ClientReader:
    """Reads clients of one instance with their agreements and devices."""

    def __init__(self, access: LogAccess) -> None:
        self._access = access
        self._instance = access.config.id
        self._inactive: frozenset[int] | None = None

    async def company(self, number: int) -> int:
        """Read one client with its contracts and tier; returns the number of facts.

        A missing company changes nothing. If the role may not see contracts, the client gets the tier of its type.
        """
        try:
            found = await self._access.connection.client.company(number)
        except RecordGone:
            return 0
        total = await self.show_company(found)
        listing = self._access.connection.client.agreements(Field("company/id").equals(number))
        try:
            async for agreement in listing:
                total += await self.show_agreement(agreement)
        except (VendorRefused, RecordGone) as refused:
            log.info("contracts of a client cannot be read", instance=self._instance, status=refused.status)
        total += await self.tier(client_id(self._instance, number))
        self.check_zone(found)
        return total

    def check_zone(self, found: Company) -> None:
        """Raise VendorAnswerInvalid if the company's time zone is not mapped; the company is recorded without it."""
        zone = found.time_zone_setup
        if zone is not None and zone.name and iana(zone.name, self._access.config.zones) is None:
            problem = f"no IANA zone is mapped for id {zone.id}: map its name in `zones`"
            raise VendorAnswerInvalid(VENDOR, f"Company {found.id}", "timeZoneSetup", problem, found.id)

    async def tier(self, client: str) -> int:
        """Record the tier that follows from a client's contracts and types; returns the number of facts."""

        def decision(recorded: Client, context: DecisionContext) -> list[Draft]:
            return directory.tier(self._access.config.tiers, recorded, context)

        return await self._client(client, "tier", decision)

    async def show_company(self, found: Company) -> int:
        inactive = await self._inactive_statuses()

        def decision(recorded: Client, _context: DecisionContext) -> list[Draft]:
            return directory.company(found, inactive, self._access.config, recorded)

        return await self._client(client_id(self._instance, found.id), f"company {found.info.last_updated}", decision)

    async def agreement(self, number: int) -> int:
        """Read one contract, with the tier that follows; returns the number of facts."""
        key = agreement_id(self._instance, number)

        async def is_recorded() -> bool:
            return await self._access.query(lambda cursor: agreement_owner(cursor, key)) is not None

        found = await read_record(
            self._access, "agreement", number, self._access.connection.client.agreement, is_recorded
        )
        if found is None:
            return await self._agreement_gone(number)
        return await self.show_agreement(found) + await self.tier(client_id(self._instance, found.company.id))

    async def show_agreement(self, found: Agreement) -> int:
        def decision(recorded: Client, context: DecisionContext) -> list[Draft]:
            return directory.agreement(found, self._access.config, recorded, context)

        client = client_id(self._instance, found.company.id)
        return await self._client(client, f"agreement {found.id} {found.info.last_updated}", decision)

    async def configuration(self, number: int) -> int:
        """Read one device; returns the number of facts."""

        async def is_recorded() -> bool:
            return bool(
                await self._access.query(lambda cursor: device_owners(cursor, device_id(self._instance, number)))
            )

        found = await read_record(
            self._access, "configuration", number, self._access.connection.client.configuration, is_recorded
        )
        return await self._device_gone(number) if found is None else await self.show_configuration(found)

    async def show_configuration(self, found: Configuration) -> int:
        if found.company is None:
            return await self._device_gone(found.id)

        def decision(recorded: Client, _context: DecisionContext) -> list[Draft]:
            return directory.configuration(found, self._access.config, recorded)

        client = client_id(self._instance, found.company.id)
        moved = await self._device_gone(found.id, keep=client)
        return moved + await self._client(client, f"device {found.id} {found.info.last_updated}", decision)

    async def _client(self, subject: str, about: str, decision: directory.ClientDecision) -> int:
        identity = decision_id(self._instance, subject, about)
        return len(await self._access.decide(Stream.CLIENTS, subject, identity, decision))

    async def _device_gone(self, number: int, keep: str = "") -> int:
        device, total = device_id(self._instance, number), 0
        for subject in await self._access.query(lambda cursor: device_owners(cursor, device)):
            if subject != keep:
                identity = decision_id(self._instance, subject, device, "gone")
                total += len(await self._access.decide(Stream.CLIENTS, subject, identity, _without(device)))
        return total

    async def _agreement_gone(self, number: int) -> int:
        key = agreement_id(self._instance, number)
        owner = await self._access.query(lambda cursor: agreement_owner(cursor, key))
        if owner is None:
            return 0

        def decision(recorded: Client, context: DecisionContext) -> list[Draft]:
            return directory.agreement_gone(key, recorded, context)

        return await self._client(owner, f"agreement {number} gone", decision) + await self.tier(owner)

    async def refresh(self) -> None:
        """Read the statuses that make a company inactive. If they cannot be read, the last ones are kept."""
        listing = self._access.connection.client.company_statuses()
        try:
            self._inactive = frozenset([status.id async for status in listing if status.inactive_flag])
        except (VendorRefused, RecordGone, VendorAnswerInvalid) as refused:
            log.info("statuses of companies cannot be read", instance=self._instance, status=refused.status)

    async def _inactive_statuses(self) -> frozenset[int]:
        if self._inactive is None:
            await self.refresh()
        return self._inactive or frozenset()


def _without(device: str) -> directory.ClientDecision:
    return lambda recorded, _context: directory.device_gone(device, recorded)
