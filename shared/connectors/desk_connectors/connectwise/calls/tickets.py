"""Tickets: read, list, create without doubles, patch, merge."""

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
    """A configuration attached to a ticket: its id and the name of the device, nothing more."""

    id: int
    device_identifier: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class CreateResult:
    """`found` is True when the record was already there. `doubles` are further records with the same reference."""

    ticket: Ticket
    found: bool
    doubles: tuple[int, ...] = ()


def changed_since(since: datetime, overlap: timedelta) -> Condition:
    """Records changed after `since` minus `overlap`, inclusive: stamps are whole seconds and `>=` is not dependable."""
    return Field("lastUpdated").above(since - overlap - ONE_SECOND)


class TicketCalls(Calls):
    """Tickets."""

    async def ticket(self, ticket_id: int) -> Ticket:
        """The ticket as it is now. `RecordGone` when it is not there; see `is_gone` before believing it."""
        return await self._get(Ticket, f"{TICKETS}/{ticket_id}")

    def tickets(self, conditions: Condition | None = None, *, tolerant: bool = False) -> Listing[Ticket]:
        """Tickets that meet `conditions`, by id."""
        return Listing(self._session, Ticket, TICKETS, conditions=conditions, tolerant=tolerant)

    def tickets_changed_since(self, since: datetime, overlap: timedelta, boards: Sequence[int] = ()) -> Listing[Ticket]:
        """For reconciliation: every ticket changed after `since - overlap`, by id, unreadable ones in `refused`.

        Start the next round from the greatest stamp in the records; `overlap` covers the vendor's own delay.
        """
        changed = changed_since(since, overlap)
        return self.tickets(changed & Field("board/id").one_of(boards) if boards else changed, tolerant=True)

    async def tickets_by_xref(self, external_x_ref: str) -> list[Ticket]:
        """Tickets that carry exactly this reference of ours, lowest id first."""
        found = await self.tickets(Field("externalXRef").equals(external_x_ref)).all()
        return sorted((t for t in found if t.external_x_ref == external_x_ref), key=lambda t: t.id)

    async def create_ticket(self, new: NewTicket, *, previous_unknown: bool = False) -> CreateResult:
        """Creates it. After an `OutcomeUnknown`, repeat with `previous_unknown=True`: our reference is looked up first.

        The vendor may finish a create minutes after its time-out, so a double can still appear; it is named in
        `doubles` by whichever look-up sees it. The lowest id is the ticket.
        """
        if previous_unknown:
            found = await self.tickets_by_xref(new.external_x_ref)
            if found:
                return CreateResult(found[0], True, tuple(ticket.id for ticket in found[1:]))
        return CreateResult(await self._write(Ticket, "POST", TICKETS, encode(new)), False)

    async def patch_ticket(self, ticket_id: int, patch: Patch) -> Ticket:
        """Applies the patch, answers the ticket after it. The vendor checks no version: read and compare before."""
        return await self._write(Ticket, "PATCH", f"{TICKETS}/{ticket_id}", patch.encode())

    async def newest_ticket_change(self) -> datetime | None:
        """The stamp of the ticket that changed last, open or closed; None where there is none."""
        newest = await self._newest(TICKETS, "lastUpdated desc")
        return newest.info.last_updated if newest is not None else None

    async def merge_tickets(self, into: int, merged: Sequence[int], status_id: int) -> None:
        """Merges tickets into one; `status_id` (of its board) is what the merged ones get."""
        body = {"mergeTicketIds": list(merged), "status": {"id": status_id}}
        await self._command("POST", f"{TICKETS}/{into}/merge", body)

    async def attach_children(self, parent: int, children: Sequence[int]) -> None:
        """Bundles tickets under a parent."""
        await self._command("POST", f"{TICKETS}/{parent}/attachChildren", {"childTicketIds": list(children)})

    def ticket_configurations(self, ticket_id: int) -> Listing[AttachedConfiguration]:
        """Configurations attached to the ticket; read each by `configuration(id)`."""
        path = f"{TICKETS}/{ticket_id}/configurations"
        return Listing(self._session, AttachedConfiguration, path, forward=False)

    async def attach_configuration(self, ticket_id: int, configuration_id: int) -> None:
        """Attaches a configuration; one that is attached already is left as it is."""
        attached = await self.ticket_configurations(ticket_id).all()
        if all(one.id != configuration_id for one in attached):
            await self._command("POST", f"{TICKETS}/{ticket_id}/configurations", {"id": configuration_id})
