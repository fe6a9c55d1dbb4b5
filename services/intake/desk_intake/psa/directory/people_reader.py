"""Reads contacts and members of the PSA and records their changes."""

from __future__ import annotations

from functools import partial

from desk.contract.event import Draft, Stream
from desk.contract.streams.client import Client
from desk.contract.streams.person import Person
from desk.decision.context import DecisionContext
from desk_intake.psa.directory import person_facts
from desk_intake.psa.directory.client_reader import ClientReader
from desk_intake.psa.directory.held_ticket_and_agreement_rows import (
    contacts_with_holds,
    open_tickets_of,
    tickets_held_for,
)
from desk_intake.psa.event_log_access import LogAccess
from desk_intake.psa.ids import contact_id, record_of, staff_id
from desk_intake.psa.reconcile.absence import read_record
from desk_intake.psa.write_back.write_claims import WriteInFlight
from desk_integrations.kinds.psa import PsaContact, PsaMember
from desk_integrations.receipts.decision_item import decision_id
from desk_integrations.vendor_errors import VendorError, VendorRateLimited, VendorUnavailable


class PeopleReader:
    """Reads contacts and members of one instance, and the clients of its tickets."""

    def __init__(self, access: LogAccess, clients: ClientReader) -> None:
        self._access, self._clients = access, clients
        self._instance = access.config.id
        self._recorded: set[str] = set()

    async def ensure(self, client: str | None, contact: str | None) -> None:
        """Record a ticket's client with its agreements, and its contact, before the ticket.

        A client or contact that cannot be read is read later and blocks no ticket. Only an unavailable PSA raises,
        because the contract in force at the opening is captured with the ticket.
        """
        company = record_of(self._instance, client)
        if client and company is not None and client not in self._recorded:
            recorded: Client = await self._access.state(Stream.CLIENTS, client)
            if recorded.revision or await self._read("company", company):
                self._recorded.add(client)
        person = record_of(self._instance, contact)
        if contact and person is not None and contact not in self._recorded:
            somebody: Person = await self._access.state(Stream.PEOPLE, contact)
            if somebody.contact.current or await self._read("contact", person):
                self._recorded.add(contact)

    async def _read(self, kind: str, record: str) -> bool:
        try:
            await (self._clients.company(record) if kind == "company" else self.contact(record))
        except (VendorUnavailable, VendorRateLimited) as away:
            if kind == "company":
                raise
            await self._later(kind, record, away)
            return False
        except (VendorError, WriteInFlight) as error:
            await self._later(kind, record, error)
            return False
        return True

    async def _later(self, kind: str, record: str, error: Exception) -> None:
        detail = str(error) or type(error).__name__
        rows, text = self._access.rows.revisits, detail[:200]
        await self._access.query(lambda cursor: rows.mark_failed(cursor, self._instance, kind, record, text))

    async def contact(self, record: str) -> int:
        """Read one contact; returns the number of facts.

        A contact who left, or is proven to be deleted, is revoked on each of their open tickets.
        """
        subject = contact_id(self._instance, record)

        async def is_recorded() -> bool:
            somebody: Person = await self._access.state(Stream.PEOPLE, subject)
            return bool(somebody.contact.revision) and somebody.contact.terminated is None

        found = await read_record(self._access, "contact", record, self._access.connection.psa.contact, is_recorded)
        if found is not None:
            return await self.show_contact(found) + await self.release(subject)
        total = 0
        if await is_recorded():
            identity = decision_id(self._instance, "contact", record, "gone")
            total = len(await self._access.decide(Stream.PEOPLE, subject, identity, person_facts.contact_gone))
        return total + await self.hold(subject)

    async def show_contact(self, found: PsaContact) -> int:
        """Record the present state of a contact; returns the number of facts."""
        subject = contact_id(self._instance, found.record)

        def decision(recorded: Person, context: DecisionContext) -> list[Draft]:
            return person_facts.contact(found, self._access.config, recorded, context)

        identity = decision_id(self._instance, "contact", found.record, str(found.changed_at))
        events = await self._access.decide(Stream.PEOPLE, subject, identity, decision)
        held = await self.hold(subject)
        return len(events) + held + (await self.release(subject) if events else 0)

    async def listed(self, found: PsaContact) -> int:
        """Record a contact from a list. If the list lacks the numbers and addresses recorded before, read it singly."""
        recorded: Person = await self._access.state(Stream.PEOPLE, contact_id(self._instance, found.record))
        bare = not found.reachable and (recorded.contact.numbers_hash or recorded.contact.email)
        return await self.contact(found.record) if bare else await self.show_contact(found)

    async def member(self, record: str) -> int:
        """Read one member; returns the number of facts."""
        subject = staff_id(self._instance, record)

        async def is_recorded() -> bool:
            somebody: Person = await self._access.state(Stream.PEOPLE, subject)
            return bool(somebody.staff.revision) and somebody.staff.left is None

        found = await read_record(self._access, "member", record, self._access.connection.psa.member, is_recorded)
        if found is not None:
            return await self.show_member(found)
        identity = decision_id(self._instance, "member", record, "gone")
        return len(await self._access.decide(Stream.PEOPLE, subject, identity, person_facts.member_gone))

    async def show_member(self, found: PsaMember) -> int:
        subject = staff_id(self._instance, found.record)
        identity = decision_id(self._instance, "member", found.record, str(found.changed_at))
        return len(await self._access.decide(Stream.PEOPLE, subject, identity, partial(person_facts.member, found)))

    async def release_all(self) -> int:
        """End every hold whose contact is with the client again; returns the number of facts."""
        found = await self._access.query(lambda cursor: contacts_with_holds(cursor, self._instance))
        return sum([await self.release(contact) for contact in found])

    async def release(self, contact: str) -> int:
        """End the holds that this contact's leaving began, if they are with the client again; returns facts."""
        held = await self._access.query(lambda cursor: tickets_held_for(cursor, contact))
        if not held:
            return 0
        somebody: Person = await self._access.state(Stream.PEOPLE, contact)
        revision, total = somebody.contact.revision, 0
        for ticket in held if somebody.contact.current else ():
            identity = decision_id(ticket, contact, "released", revision)
            decision = partial(person_facts.hold_cleared, contact, revision)
            total += len(await self._access.decide(Stream.TICKETS, ticket, identity, decision))
        return total

    async def hold(self, contact: str | None) -> int:
        """Hold the open tickets of a contact who left, whenever they were opened; returns facts."""
        if contact is None:
            return 0
        somebody: Person = await self._access.state(Stream.PEOPLE, contact)
        if somebody.contact.terminated is None:
            return 0
        total = 0
        for ticket in await self._access.query(lambda cursor: open_tickets_of(cursor, contact)):
            identity = decision_id(ticket, contact, somebody.contact.revision)
            decision = partial(person_facts.caller_revoked, contact, somebody)
            total += len(await self._access.decide(Stream.TICKETS, ticket, identity, decision))
        return total
