"""Reads clients, contacts, agreements, devices and members of the PSA and records what is new about them."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from desk.deciding import Deciding
from desk.streams.client import Client
from desk.streams.person import Person
from desk.ticket.event import Draft, Stream
from desk.ticket.intake.facts import CallerRevoked
from desk.ticket.ticket import Ticket
from desk_connectors.connectwise import Field
from desk_connectors.connectwise.records import Agreement, Company, Configuration, Contact, Member
from desk_connectors.http import RecordGone
from desk_intake.psa import directory
from desk_intake.psa.desk import Desk
from desk_intake.psa.ids import client_id, contact_id, decision_id, device_id, record_of, staff_id
from desk_intake.psa.records import open_tickets_of, owners_of


class People:
    """Who and what tickets of one instance are about."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._instance = desk.config.id
        self._inactive: frozenset[int] | None = None
        self._known: set[str] = set()

    async def ensure(self, client: str | None, contact: str | None) -> None:
        """Know a ticket's client with its agreements, and its contact, before the ticket is recorded."""
        company = record_of(self._instance, client)
        if client and company is not None and client not in self._known:
            known: Client = await self._desk.state(Stream.CLIENTS, client)
            if not known.revision:
                await self.company(company)
            self._known.add(client)
        person = record_of(self._instance, contact)
        if contact and person is not None and contact not in self._known:
            somebody: Person = await self._desk.state(Stream.PEOPLE, contact)
            if not somebody.contact.revision:
                await self.contact(person)
            self._known.add(contact)

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

    async def contact(self, number: int) -> int:
        """One person; a contact who left is revoked on every ticket that is open for them."""
        subject = contact_id(self._instance, number)
        try:
            found: Contact | None = await self._desk.link.client.contact(number)
        except RecordGone:
            found = None

        def decision(known: Person, deciding: Deciding) -> list[Draft]:
            if found is None:
                return directory.contact_gone(known, deciding)
            return directory.contact(found, self._desk.config, known, deciding)

        revision = str(found.info.last_updated) if found else "gone"
        identity = decision_id(self._instance, "contact", str(number), revision)
        events = await self._desk.decide(Stream.PEOPLE, subject, identity, decision)
        return len(events) + await self._revoke(subject)

    async def member(self, number: int) -> int:
        """One of us; how many facts."""
        try:
            return await self.show_member(await self._desk.link.client.member(number))
        except RecordGone:
            return 0

    async def show_member(self, found: Member) -> int:
        subject = staff_id(self._instance, found.id)
        identity = decision_id(self._instance, "member", str(found.id), str(found.info.last_updated))
        return len(await self._desk.decide(Stream.PEOPLE, subject, identity, partial(directory.member, found)))

    async def everything(self) -> int:
        """All members, companies, agreements, devices and contacts: at the first start, and in slow rounds."""
        client, total = self._desk.link.client, 0
        async for member in client.members():
            total += await self.show_member(member)
        companies = await client.companies().all()
        for company in companies:
            total += await self.show_company(company)
        async for agreement in client.agreements():
            total += await self.show_agreement(agreement)
        for company in companies:
            total += await self.tier(client_id(self._instance, company.id))
        async for configuration in client.configurations():
            total += await self.show_configuration(configuration)
        async for contact in client.contacts():
            total += await self.contact(contact.id)
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

    async def _revoke(self, contact: str) -> int:
        somebody: Person = await self._desk.state(Stream.PEOPLE, contact)
        terminated, revision = somebody.contact.terminated, somebody.contact.revision
        if terminated is None:
            return 0
        revoked = CallerRevoked(contact=contact, revision=revision, source=terminated)

        def decision(ticket: Ticket, _deciding: Deciding) -> list[Draft]:
            theirs = ticket.intake.contact == contact and not ticket.intake.caller_hold
            return [Draft(data=revoked)] if theirs else []

        total = 0
        for ticket in await self._desk.query(lambda cursor: open_tickets_of(cursor, contact)):
            identity: UUID = decision_id(ticket, contact, revision)
            total += len(await self._desk.decide(Stream.TICKETS, ticket, identity, decision))
        return total

    async def _inactive_statuses(self) -> frozenset[int]:
        if self._inactive is None:
            found = await self._desk.link.client.company_statuses().all()
            self._inactive = frozenset(status.id for status in found if status.inactive_flag)
        return self._inactive


def _without(device: str) -> directory.ClientDecision:
    return lambda known, _deciding: directory.device_gone(device, known)
