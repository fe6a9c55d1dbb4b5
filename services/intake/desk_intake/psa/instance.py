"""What one instance's parts are, made once."""

from __future__ import annotations

from dataclasses import dataclass

from desk.service.parts import Parts
from desk_intake.psa.connection import Link
from desk_intake.psa.conversation.time_entry_reader import Times
from desk_intake.psa.directory.clients import Clients
from desk_intake.psa.directory.people import People
from desk_intake.psa.log_access import Desk, MayWrite
from desk_intake.psa.observe.ticket_reader import Tickets
from desk_intake.psa.reconcile.feeds import Feeds


@dataclass(frozen=True)
class PsaInstance:
    """One PSA instance at work."""

    desk: Desk
    clients: Clients
    people: People
    tickets: Tickets
    times: Times
    feeds: Feeds


def psa_instance_of(link: Link, parts: Parts, may_write: MayWrite) -> PsaInstance:
    """The parts of one instance, each on the one before."""
    desk = Desk(link, parts, may_write)
    clients = Clients(desk)
    people = People(desk, clients)
    tickets = Tickets(desk, people)
    return PsaInstance(desk, clients, people, tickets, Times(desk, tickets), Feeds(desk))
