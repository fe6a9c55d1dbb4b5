"""The audience of a caller, and the facts of a ticket that the caller may read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import asdict

from desk.contract.audiences import Audience
from desk.contract.event import Event, of_type, parse_vector
from desk.contract.ticket.intake.facts import ClientCorrected, TicketOpened
from desk.contract.ticket.sla.clock_names import is_agreed
from desk.decision.principal import ALL, Principal, Role
from desk.http.reads.ticket_responses import (
    ClientTicketDocument,
    ClientTicketRow,
    TicketDocument,
    TicketRow,
)

_AUDIENCES: Mapping[Role, Audience] = {
    Role.BILLING: Audience.BILLING,
    Role.ADMIN: Audience.BILLING,
    Role.SERVICE: Audience.BILLING,
    Role.ACCOUNT_MANAGER: Audience.ACCOUNT_MANAGER,
    Role.AUDITOR: Audience.AUDITOR,
    Role.CLIENT_IT: Audience.CLIENT_IT,
}
"""Every other role is staff without billing."""


def audience_of(principal: Principal) -> Audience:
    """The audience of a caller's roles; of several, one that sees rates and amounts."""
    found = {_AUDIENCES.get(role, Audience.STAFF) for role in principal.roles}
    return next((one for one in sorted(found) if one is not Audience.STAFF), Audience.STAFF)


def in_scope(events: Sequence[Event], principal: Principal) -> list[Event]:
    """The facts recorded while the ticket's client was in the caller's scope.

    A ticket that moved from one client to another does not show the former's part to the latter. The client of a fact
    is the one that its owner saw: its `basis` names the facts of intake that it had applied.
    """
    if principal.clients == ALL:
        return list(events)
    clients = _clients(events)
    return [event for event in events if _sees(principal, event, clients)]


def _clients(events: Sequence[Event]) -> list[tuple[int, str]]:
    """The ticket's clients, each with intake's ownerseq from which it is the client, in order."""
    found = []
    for event in events:
        if of_type(event, TicketOpened):
            found.append((event.ownerseq, event.data.client))
        elif of_type(event, ClientCorrected):
            found.append((event.ownerseq, event.data.after))
    return sorted(found)


def _sees(principal: Principal, event: Event, clients: Sequence[tuple[int, str]]) -> bool:
    if of_type(event, ClientCorrected):
        return principal.sees(event.data.before) and principal.sees(event.data.after)
    if len(clients) == 1:
        return principal.sees(clients[0][1])
    seen = event.ownerseq if event.owner == "intake" else parse_vector(event.basis).get("intake", 0)
    before = [client for since, client in clients if since <= seen]
    return bool(before) and principal.sees(before[-1])


def ticket_for_client(ticket: TicketDocument) -> ClientTicketDocument:
    """The ticket as its client's own IT may read it, with the clocks that were agreed with the client."""
    fields = {name: value for name, value in asdict(ticket).items() if name in ClientTicketDocument.__struct_fields__}
    clocks = [clock for clock in ticket.clocks if is_agreed(clock.clock)]
    return ClientTicketDocument(**{**fields, "clocks": clocks})


def row_for_client(row: TicketRow) -> ClientTicketRow:
    """The row as its client's own IT may read it."""
    return ClientTicketRow(*(getattr(row, name) for name in ClientTicketRow.__struct_fields__))
