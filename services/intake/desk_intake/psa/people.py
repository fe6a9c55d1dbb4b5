"""Reads contacts and members of the PSA and records what is new about them."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from desk.deciding import Deciding
from desk.streams.client import Client
from desk.streams.person import Person
from desk.ticket.event import Draft, Stream
from desk.ticket.intake.facts import CallerRevoked
from desk.ticket.ticket import Ticket
from desk_connectors.connectwise import Condition
from desk_connectors.connectwise.records import Contact, Member
from desk_connectors.http import RecordGone
from desk_intake.psa import directory
from desk_intake.psa.clients import Clients
from desk_intake.psa.desk import Desk
from desk_intake.psa.ids import contact_id, decision_id, record_of, staff_id
from desk_intake.psa.records import open_tickets_of


class People:
    """Who tickets of one instance are about."""

    def __init__(self, desk: Desk, clients: Clients) -> None:
        self._desk, self._clients = desk, clients
        self._instance = desk.config.id
        self._known: set[str] = set()

    async def ensure(self, client: str | None, contact: str | None) -> None:
        """Know a ticket's client with its agreements, and its contact, before the ticket is recorded."""
        company = record_of(self._instance, client)
        if client and company is not None and client not in self._known:
            known: Client = await self._desk.state(Stream.CLIENTS, client)
            if not known.revision:
                await self._clients.company(company)
            self._known.add(client)
        person = record_of(self._instance, contact)
        if contact and person is not None and contact not in self._known:
            somebody: Person = await self._desk.state(Stream.PEOPLE, contact)
            if not somebody.contact.revision:
                await self.contact(person)
            self._known.add(contact)

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

    async def changed(self, since: Condition | None) -> int:
        """Members and contacts that changed, or all of them; how many facts."""
        total = 0
        async for member in self._desk.link.client.members(since):
            total += await self.show_member(member)
        async for contact in self._desk.link.client.contacts(since):
            total += await self.contact(contact.id)
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
