"""Commands: body, allowed roles, allowed states, and the decision.

Each service lists its commands in one explicit table; `desk.http.commands.command_route` serves that table.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal, TypeVar, cast, overload

from pydantic import Field

from desk.contract.bounds import Cycle
from desk.contract.event import Draft, Stream
from desk.contract.ticket.ticket import Status, Ticket, status
from desk.decision.command_body import Body as Body
from desk.decision.context import DecisionContext
from desk.decision.principal import Role
from desk.decision.reads import Found, Reads
from desk.decision.refusal import Refusal


class TicketBody(Body):
    """The body of a command on an existing ticket: names the cycle that the user saw."""

    cycle: Cycle = Field(description="The ticket's cycle that you saw when you decided.")


B = TypeVar("B", bound=Body)
R = TypeVar("R")
NOTHING = Found()
Allowed = Literal["open-cycle", "not-closed", "always", "elsewhere"]
"""open-cycle: while the current cycle has not ended; not-closed: also when resolved; always: also after the close;
elsewhere: also when the ticket was merged or its record is gone, for what stays with it, such as labour and breaches.
"""


@dataclass(frozen=True)
class Command:
    """One command of a service. `held`: whether it is permitted while the caller is on hold; `merged`: whether it is
    permitted on a ticket that was merged.

    `aggregates` names, from the body and the id of the ticket's client, the other aggregates that it reads, `lookups`
    the look-ups of its service; `decide` gets what was found.
    """

    name: str
    body: type[Body]
    roles: frozenset[Role]
    decide: Callable[[Body, Ticket, Found, DecisionContext], list[Draft]]
    summary: str
    allowed: Allowed = "not-closed"
    held: bool = True
    merged: bool = False
    opens: bool = False
    aggregates: Callable[[Body, str], tuple[tuple[Stream, str], ...]] = lambda _body, _client: ()
    lookups: tuple[str, ...] = ()


@overload
def command(
    name: str,
    body: type[B],
    roles: str,
    decide: Callable[[B, Ticket, DecisionContext], list[Draft]],
    summary: str,
    allowed: Allowed = "not-closed",
    *,
    held: bool = True,
    merged: bool = False,
    opens: bool = False,
) -> Command: ...


@overload
def command(
    name: str,
    body: type[B],
    roles: str,
    decide: Callable[[B, Ticket, R, DecisionContext], list[Draft]],
    summary: str,
    allowed: Allowed = "not-closed",
    *,
    held: bool = True,
    merged: bool = False,
    opens: bool = False,
    reads: Reads[B, R],
) -> Command: ...


def command(
    name: str,
    body: type[B],
    roles: str,
    decide: Callable[..., list[Draft]],
    summary: str,
    allowed: Allowed = "not-closed",
    *,
    held: bool = True,
    merged: bool = False,
    opens: bool = False,
    reads: Reads[B, R] | None = None,
) -> Command:
    """One row of a service's table. `roles` are short codes, e.g. `"1 2 DI"`. ValueError for a role that is none.

    With `reads` the decision gets the record of them after the ticket.
    """
    parsed = frozenset(Role.parse(code) for code in roles.split())
    row = partial(Command, name, body, parsed, summary=summary, allowed=allowed, held=held, merged=merged, opens=opens)
    if reads is None:
        return row(decide=lambda body, ticket, _found, context: decide(body, ticket, context))
    gather, aggregates = reads.gather, reads.aggregates

    def decided(body: Body, ticket: Ticket, found: Found, context: DecisionContext) -> list[Draft]:
        return decide(body, ticket, gather(cast(B, body), found), context)

    def places(body: Body, client: str) -> tuple[tuple[Stream, str], ...]:
        return tuple((one.stream, one.subject) for one in aggregates(cast(B, body), client))

    return row(decide=decided, aggregates=places, lookups=tuple(key.name for key in reads.lookups))


def decide(cmd: Command, body: Body, ticket: Ticket, context: DecisionContext, found: Found = NOTHING) -> list[Draft]:
    """Run the checks that all commands share, then the command's own decision. Raises Refusal."""
    if not cmd.opens:
        _exists(cmd, ticket)
        _current(body, ticket)
        _allowed(cmd, ticket)
    return cmd.decide(body, ticket, found, context)


def _exists(cmd: Command, ticket: Ticket) -> None:
    now = status(ticket)
    if now is Status.UNKNOWN:
        raise Refusal("unknown_ticket")
    if cmd.allowed == "elsewhere":
        return
    if now is Status.MERGED and not cmd.merged:
        raise Refusal("ticket_merged", root=ticket.intake.merged_into)
    if now is Status.GONE:
        raise Refusal("ticket_gone")


def _current(body: Body, ticket: Ticket) -> None:
    seen = getattr(body, "cycle", ticket.cycle)
    if seen != ticket.cycle:
        raise Refusal("cycle_conflict", seen=seen, now=ticket.cycle)


def _allowed(cmd: Command, ticket: Ticket) -> None:
    end = ticket.triage.end
    if cmd.allowed == "open-cycle" and end is not None:
        raise Refusal("ticket_closed", f"The cycle has ended ({end.kind}); reopen the ticket first.")
    if cmd.allowed == "not-closed" and status(ticket) is Status.CLOSED:
        raise Refusal("ticket_closed")
    if ticket.intake.caller_hold and not cmd.held:
        raise Refusal("caller_revoked")
