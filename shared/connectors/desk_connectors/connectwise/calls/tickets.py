"""Calls on tickets: read, list, create without duplicates, patch, merge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from desk_connectors.connectwise.calls.base import Calls
from desk_connectors.connectwise.conditions import Condition, Field
from desk_connectors.connectwise.drafts import NewTicket, encode
from desk_connectors.connectwise.paging import Listing
from desk_connectors.connectwise.patch import Patch
from desk_connectors.connectwise.records import Record, Ticket

TICKETS = "/service/tickets"
ONE_SECOND = timedelta(seconds=1)


class AttachedConfiguration(Record, frozen=True, kw_only=True):
    """A configuration attached to a ticket: its id and the device's name."""

    id: int
    device_identifier: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class CreateResult:
    """Result of a creation. `found`: the record existed already. `doubles`: further records with the same reference."""

    ticket: Ticket
    found: bool
    doubles: tuple[int, ...] = ()


def changed_since(since: datetime, overlap: timedelta) -> Condition:
    """Records changed after `since` minus `overlap`, inclusive: stamps are whole seconds and `>=` is not dependable."""
    return Field("lastUpdated").above(since - overlap - ONE_SECOND)


class TicketCalls(Calls):
    """Calls on tickets."""

    async def ticket(self, ticket_id: int) -> Ticket:
        """Read a ticket. Raises `RecordGone` on a 404; `is_gone` proves the absence."""
        return await self._get(Ticket, f"{TICKETS}/{ticket_id}")

    def tickets(self, conditions: Condition | None = None, *, tolerant: bool = False) -> Listing[Ticket]:
        """Tickets that meet `conditions`, by id."""
        return Listing(self._session, Ticket, TICKETS, conditions=conditions, tolerant=tolerant)

    def tickets_changed_since(self, since: datetime, overlap: timedelta, boards: Sequence[int] = ()) -> Listing[Ticket]:
        """Every ticket changed after `since - overlap`, by id, with unreadable ones in `refused`; for reconciliation.

        Start the next round from the greatest stamp in the records; `overlap` covers the vendor's delay.
        """
        changed = changed_since(since, overlap)
        return self.tickets(changed & Field("board/id").one_of(boards) if boards else changed, tolerant=True)

    async def tickets_by_xref(self, external_x_ref: str) -> list[Ticket]:
        """Tickets that carry exactly this reference of ours, lowest id first."""
        found = await self.tickets(Field("externalXRef").equals(external_x_ref)).all()
        return sorted((t for t in found if t.external_x_ref == external_x_ref), key=lambda t: t.id)

    async def create_ticket(self, new: NewTicket, *, previous_unknown: bool = False) -> CreateResult:
        """Create a ticket. After `OutcomeUnknown` repeat with `previous_unknown=True`, which looks up our reference.

        The vendor may finish a creation minutes after its time-out, so a duplicate can still appear; a later look-up
        lists it in `doubles`. The lowest id is the ticket.
        """
        if previous_unknown:
            found = await self.tickets_by_xref(new.external_x_ref)
            if found:
                return CreateResult(found[0], True, tuple(ticket.id for ticket in found[1:]))
        return CreateResult(await self._write(Ticket, "POST", TICKETS, encode(new)), False)

    async def patch_ticket(self, ticket_id: int, patch: Patch) -> Ticket:
        """Apply the patch; returns the patched ticket. The vendor checks no version: read and compare first."""
        return await self._write(Ticket, "PATCH", f"{TICKETS}/{ticket_id}", patch.encode())

    async def newest_ticket_change(self) -> datetime | None:
        """The stamp of the ticket that changed last, open or closed; None if there is none."""
        newest = await self._newest(TICKETS, "lastUpdated desc")
        return newest.info.last_updated if newest is not None else None

    async def merge_tickets(self, into: int, merged: Sequence[int], status_id: int) -> None:
        """Merge tickets into one; `status_id` (of its board) is the status of the merged ones."""
        body = {"mergeTicketIds": list(merged), "status": {"id": status_id}}
        await self._command("POST", f"{TICKETS}/{into}/merge", body)

    async def attach_children(self, parent: int, children: Sequence[int]) -> None:
        """Attach tickets to a parent."""
        await self._command("POST", f"{TICKETS}/{parent}/attachChildren", {"childTicketIds": list(children)})

    def ticket_configurations(self, ticket_id: int) -> Listing[AttachedConfiguration]:
        """Configurations attached to the ticket; read each by `configuration(id)`."""
        path = f"{TICKETS}/{ticket_id}/configurations"
        return Listing(self._session, AttachedConfiguration, path, forward=False)

    async def attach_configuration(self, ticket_id: int, configuration_id: int) -> None:
        """Attach a configuration, unless it is attached."""
        attached = await self.ticket_configurations(ticket_id).all()
        if all(one.id != configuration_id for one in attached):
            await self._command("POST", f"{TICKETS}/{ticket_id}/configurations", {"id": configuration_id})
