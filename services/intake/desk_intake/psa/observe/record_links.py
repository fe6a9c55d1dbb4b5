"""The ticket of each PSA record: unique, and reserved in the transaction of the fact that links them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from desk.contract.streams.clients import AgreementObserved, DeviceMapped, DeviceUnmapped
from desk.contract.ticket.intake import facts as f
from desk.contract.ticket.intake import psa
from desk.contract.ticket.ticket import Ticket
from desk.eventstore.errors import Conflict
from desk.eventstore.table_writer import AppliedEvent, DbCursor

RESERVE = (
    "INSERT INTO psa_records (instance, record, ticket_id) VALUES (%s, %s, %s) ON CONFLICT (instance, record)"
    " DO UPDATE SET duplicate = false WHERE psa_records.ticket_id = excluded.ticket_id RETURNING 1"
)
DUPLICATE = (
    "INSERT INTO psa_records (instance, record, ticket_id, duplicate) VALUES (%s, %s, %s, true)"
    " ON CONFLICT (instance, record) DO UPDATE SET duplicate = true WHERE psa_records.ticket_id = excluded.ticket_id"
)
MARK = "UPDATE psa_records SET gone = %s, unmapped = %s WHERE ticket_id = %s AND NOT duplicate"
ENTRY = (
    "INSERT INTO psa_entries (instance, entry, ticket_id, gone) VALUES (%s, %s, %s, %s)"
    " ON CONFLICT (instance, entry) DO UPDATE SET ticket_id = excluded.ticket_id, gone = excluded.gone"
    " WHERE NOT excluded.gone OR psa_entries.ticket_id = excluded.ticket_id"
)
DEVICE = "INSERT INTO psa_devices (device, client) VALUES (%s, %s) ON CONFLICT DO NOTHING"
NO_DEVICE = "DELETE FROM psa_devices WHERE device = %s AND client = %s"
HOLD = (
    "INSERT INTO psa_holds (ticket_id, contact) VALUES (%s, %s)"
    " ON CONFLICT (ticket_id) DO UPDATE SET contact = excluded.contact"
)
AGREEMENT = (
    "INSERT INTO psa_agreements (agreement, client) VALUES (%s, %s)"
    " ON CONFLICT (agreement) DO UPDATE SET client = excluded.client"
)
LINKED = "SELECT ticket_id, duplicate, gone FROM psa_records WHERE instance = %s AND record = %s"
MARKING = (psa.PsaObserved, psa.PsaStatusMapped, psa.PsaGone, psa.PsaBack, psa.PsaSynced)


class LinkedRecord(NamedTuple):
    """The ticket of a record, and whether the record is a duplicate of that ticket's record."""

    ticket_id: str
    duplicate: bool
    gone: str | None


class PsaRecordsView:
    """Implements `View`. Two tickets cannot have one record: facts that link the second are refused."""

    name = "psa-records"
    version = 1

    def apply(self, cursor: DbCursor, changes: Sequence[AppliedEvent]) -> None:
        for change in changes:
            data = change.event.data
            if isinstance(data, psa.PsaLinked):
                if cursor.execute(RESERVE, (data.instance, data.record, change.aggregate)).fetchone() is None:
                    raise Conflict(f"record {data.record} of {data.instance} belongs to another ticket")
            elif isinstance(data, psa.PsaDuplicateFound):
                cursor.execute(DUPLICATE, (change.state.intake.instance, data.record, change.aggregate))
            elif isinstance(data, DeviceMapped):
                cursor.execute(DEVICE, (data.device, change.event.subject))
            elif isinstance(data, DeviceUnmapped):
                cursor.execute(NO_DEVICE, (data.device, change.event.subject))
            elif isinstance(data, psa.PsaTimeObserved):
                place = (change.state.intake.instance, data.entry, change.aggregate, data.gone)
                cursor.execute(ENTRY, place)
        self._mark(cursor, changes)

    def _mark(self, cursor: DbCursor, changes: Sequence[AppliedEvent]) -> None:
        last: dict[str, Ticket] = {
            c.aggregate: c.state for c in changes if isinstance(c.event.data, MARKING) and c.event.origin != "import"
        }
        for aggregate, state in last.items():
            cursor.execute(MARK, (state.intake.gone, bool(state.intake.unmapped), aggregate))

    def clear(self, cursor: DbCursor) -> None:
        cursor.execute("TRUNCATE psa_records, psa_entries, psa_devices")


class PsaLookupsView:
    """Implements `View`: tickets held because a contact left, and the client of each contract."""

    name = "psa-lookups"
    version = 1

    def apply(self, cursor: DbCursor, changes: Sequence[AppliedEvent]) -> None:
        for change in changes:
            data = change.event.data
            if isinstance(data, f.CallerRevoked):
                cursor.execute(HOLD, (change.aggregate, data.contact))
            elif isinstance(data, f.CallerHoldCleared | f.CallerReplaced):
                cursor.execute("DELETE FROM psa_holds WHERE ticket_id = %s", (change.aggregate,))
            elif isinstance(data, AgreementObserved):
                cursor.execute(AGREEMENT, (data.agreement, change.event.subject))

    def clear(self, cursor: DbCursor) -> None:
        cursor.execute("TRUNCATE psa_holds, psa_agreements")


def tickets_held_for(cursor: DbCursor, contact: str) -> list[str]:
    """Tickets that are held because this contact left."""
    query = "SELECT ticket_id FROM psa_holds WHERE contact = %s ORDER BY ticket_id"
    return [row[0] for row in cursor.execute(query, (contact,))]


def contacts_with_holds(cursor: DbCursor, instance: str) -> list[str]:
    """Contacts of the instance for whom tickets are held."""
    query = "SELECT DISTINCT contact FROM psa_holds WHERE starts_with(contact, %s) ORDER BY contact"
    return [row[0] for row in cursor.execute(query, (f"{instance}-p",))]


def linked_record(cursor: DbCursor, instance: str, record: str) -> LinkedRecord | None:
    """The link of a record; None if it has no ticket."""
    row = cursor.execute(LINKED, (instance, record)).fetchone()
    return LinkedRecord(*row) if row else None


def recorded_records(cursor: DbCursor, instance: str) -> list[str]:
    """Every record that has a ticket and is not recorded as gone."""
    query = "SELECT record FROM psa_records WHERE instance = %s AND NOT duplicate AND gone IS NULL"
    return [row[0] for row in cursor.execute(query, (instance,))]


def deleted_records(cursor: DbCursor, instance: str) -> list[str]:
    """Records that have a ticket and are recorded as deleted."""
    query = "SELECT record FROM psa_records WHERE instance = %s AND NOT duplicate AND gone = 'deleted'"
    return [row[0] for row in cursor.execute(query, (instance,))]


def unmapped_records(cursor: DbCursor, instance: str) -> list[tuple[str, str]]:
    """(ticket, record) with an observation that has no class yet."""
    query = "SELECT ticket_id, record FROM psa_records WHERE instance = %s AND unmapped"
    return cursor.execute(query, (instance,)).fetchall()


def ticket_of_entry(cursor: DbCursor, instance: str, entry: str) -> str | None:
    """The ticket of a time entry that is not gone from it, or None."""
    query = "SELECT ticket_id FROM psa_entries WHERE instance = %s AND entry = %s AND NOT gone"
    row = cursor.execute(query, (instance, entry)).fetchone()
    return row[0] if row else None


def device_owners(cursor: DbCursor, device: str) -> list[str]:
    """Clients that have the device."""
    return [row[0] for row in cursor.execute("SELECT client FROM psa_devices WHERE device = %s", (device,))]


def agreement_owner(cursor: DbCursor, agreement: str) -> str | None:
    """The client of a contract, or None."""
    row = cursor.execute("SELECT client FROM psa_agreements WHERE agreement = %s", (agreement,)).fetchone()
    return row[0] if row else None


def open_tickets_of(cursor: DbCursor, contact: str) -> list[str]:
    """Open tickets of a contact, without imported ones."""
    query = (
        "SELECT ticket_id FROM tickets WHERE contact = %s AND origin <> 'import'"
        " AND status NOT IN ('closed', 'cancelled', 'merged', 'gone')"
    )
    return [row[0] for row in cursor.execute(query, (contact,))]
