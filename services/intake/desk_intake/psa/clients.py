"""Reads companies, agreements and devices of the PSA and records what is new about them."""

from __future__ import annotations

from datetime import datetime

from desk.deciding import Deciding
from desk.streams.client import Client
from desk.ticket.event import Draft, Stream
from desk_connectors.connectwise import Condition, Field
from desk_connectors.connectwise.records import Agreement, Company, Configuration
from desk_connectors.http import RecordGone
from desk_intake.psa import directory
from desk_intake.psa.desk import Desk
from desk_intake.psa.ids import client_id, decision_id, device_id
from desk_intake.psa.records import owners_of


class Clients:
    """Clients of one instance with what they have."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._instance = desk.config.id
        self._inactive: frozenset[int] | None = None

    async def company(self, number: int) -> int:
        """One client with its contracts and tier; how many facts."""
        try:
            total = await self.show_company(await self._desk.link.client.company(number))
        except RecordGone:
            return 0
        async for found in self._desk.link.client.agreements(Field("company/id").equals(number)):
            total += await self.show_agreement(found)
        return total + await self.tier(client_id(self._instance, number))

    async def tier(self, client: str) -> int:
        """The tier that follows from what is known of a client."""

        def decision(known: Client, deciding: Deciding) -> list[Draft]:
            return directory.tier(self._desk.config.tiers, known, deciding)

        return await self._client(client, "tier", decision)

    async def show_company(self, found: Company) -> int:
        inactive = await self._inactive_statuses()

        def decision(known: Client, _deciding: Deciding) -> list[Draft]:
            return directory.company(found, inactive, self._desk.config, known)

        return await self._client(client_id(self._instance, found.id), f"company {found.info.last_updated}", decision)

    async def agreement(self, number: int) -> int:
        """One contract with the tier that follows; how many facts."""
        try:
            found = await self._desk.link.client.agreement(number)
        except RecordGone:
            return 0
        return await self.show_agreement(found) + await self.tier(client_id(self._instance, found.company.id))

    async def show_agreement(self, found: Agreement) -> int:
        def decision(known: Client, deciding: Deciding) -> list[Draft]:
            return directory.agreement(found, self._desk.config, known, deciding)

        client = client_id(self._instance, found.company.id)
        return await self._client(client, f"agreement {found.id} {found.info.last_updated}", decision)

    async def configuration(self, number: int) -> int:
        """One device; how many facts."""
        try:
            return await self.show_configuration(await self._desk.link.client.configuration(number))
        except RecordGone:
            return await self._device_gone(number)

    async def show_configuration(self, found: Configuration) -> int:
        if found.company is None:
            return await self._device_gone(found.id)

        def decision(known: Client, _deciding: Deciding) -> list[Draft]:
            return directory.configuration(found, self._desk.config, known)

        client = client_id(self._instance, found.company.id)
        moved = await self._device_gone(found.id, keep=client)
        return moved + await self._client(client, f"device {found.id} {found.info.last_updated}", decision)

    async def changed(self, since: Condition | None) -> int:
        """Companies, agreements and devices that changed, or all of them; how many facts."""
        client, total, touched = self._desk.link.client, 0, set[int]()
        async for company in client.companies(since):
            touched.add(company.id)
            total += await self.show_company(company)
        async for agreement in client.agreements(since):
            touched.add(agreement.company.id)
            total += await self.show_agreement(agreement)
        for number in sorted(touched):
            total += await self.tier(client_id(self._instance, number))
        async for configuration in client.configurations(since):
            total += await self.show_configuration(configuration)
        return total

    async def _client(self, subject: str, about: str, decision: directory.ClientDecision) -> int:
        identity = decision_id(self._instance, subject, about)
        return len(await self._desk.decide(Stream.CLIENTS, subject, identity, decision))

    async def _device_gone(self, number: int, keep: str = "") -> int:
        device, total = device_id(self._instance, number), 0
        for subject in await self._desk.query(lambda cursor: owners_of(cursor, device)):
            if subject != keep:
                identity = decision_id(self._instance, subject, device, "gone")
                total += len(await self._desk.decide(Stream.CLIENTS, subject, identity, _without(device)))
        return total

    async def refresh(self) -> datetime | None:
        """Ask again which statuses make a company inactive; the vendor's time."""
        listing = self._desk.link.client.company_statuses()
        self._inactive = frozenset([status.id async for status in listing if status.inactive_flag])
        return listing.as_of

    async def _inactive_statuses(self) -> frozenset[int]:
        if self._inactive is None:
            await self.refresh()
        return self._inactive or frozenset()


def _without(device: str) -> directory.ClientDecision:
    return lambda known, _deciding: directory.device_gone(device, known)
