"""Finds a ticket by its id or by its number in the source, and sends it a command."""

from __future__ import annotations

from uuid import UUID

from desk.http.commands.command_answer import CommandAnswer
from desk.http.reads.page import Page
from desk_deploy.cli.client import Desk
from desk_deploy.cli.error_messages import Failure


def ticket_of(desk: Desk, service: str, reference: str) -> str:
    """The ticket's id. Failure when no ticket has the reference, or tickets of several sources have it."""
    if _is_id(reference):
        return reference
    from desk.http.reads.ticket_responses import TicketRow

    found = list(desk.pages(f"/{service}/tickets", Page[TicketRow], source_record=reference))
    if not found:
        raise Failure(f"no ticket {reference!r} in {service}: give a ticket id or the number in its source")
    if len(found) > 1:
        choices = ", ".join(f"{row.ticket_id} ({row.source})" for row in found)
        raise Failure(f"several tickets have the number {reference!r}: give one of {choices}")
    return found[0].ticket_id


def command_ticket(desk: Desk, service: str, ticket: str, name: str, body: dict[str, object]) -> CommandAnswer:
    """Send a command on the ticket's present cycle. Failure when it is refused."""
    from desk.http.reads.ticket_responses import TicketDocument

    path = f"/{service}/tickets/{ticket}"
    cycle = desk.read(path, TicketDocument).cycle
    return desk.run(f"{path}/{name}", CommandAnswer, {**body, "cycle": cycle})


def _is_id(reference: str) -> bool:
    try:
        return str(UUID(reference)) == reference.lower()
    except ValueError:
        return False
