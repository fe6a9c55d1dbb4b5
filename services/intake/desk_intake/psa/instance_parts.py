"""The parts of one PSA instance, composed once."""

from __future__ import annotations

from dataclasses import dataclass

from desk.service.parts import Parts
from desk_intake.psa.connection import PsaConnection
from desk_intake.psa.conversation.time_entry_reader import TimeEntryReader
from desk_intake.psa.directory.client_reader import ClientReader
from desk_intake.psa.directory.people_reader import PeopleReader
from desk_intake.psa.event_log_access import LogAccess, MayWrite
from desk_intake.psa.observe.ticket_reader import TicketReader
from desk_intake.psa.reconcile.feed_names import PARTS
from desk_integrations.polling.feeds import Feeds


@dataclass(frozen=True)
class PsaInstance:
    """The connection, readers and feeds of one PSA instance."""

    access: LogAccess
    clients: ClientReader
    people: PeopleReader
    tickets: TicketReader
    times: TimeEntryReader
    feeds: Feeds


def psa_instance_of(connection: PsaConnection, parts: Parts, may_write: MayWrite) -> PsaInstance:
    """Compose the parts of one instance."""
    access = LogAccess(connection, parts, may_write)
    clients = ClientReader(access)
    people = PeopleReader(access, clients)
    tickets = TicketReader(access, people)
    return PsaInstance(access, clients, people, tickets, TimeEntryReader(access, tickets), Feeds(access, PARTS))
