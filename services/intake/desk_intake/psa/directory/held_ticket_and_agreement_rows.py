"""The read model `psa-lookups`: tickets held because a contact left, and the client of each contract."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from desk.contract.streams.clients import AgreementObserved
from desk.contract.ticket.intake.caller import CallerHoldCleared, CallerReplaced, CallerRevoked
from desk.eventstore.table_writer import AppliedEvent, DbCursor
from desk.projections.statements import compiled, delete_rows, upsert
from desk.projections.tickets import TICKETS
from desk_intake.psa.observe.record_links import IS_ACTIVE, NOT_IMPORTED

HOLDS = sa.Table(
    "psa_holds",
    sa.MetaData(),
    sa.Column("ticket_id", sa.Text, primary_key=True),
    sa.Column("contact", sa.Text, nullable=False),
)
AGREEMENTS = sa.Table(
    "psa_agreements",
    sa.MetaData(),
    sa.Column("agreement", sa.Text, primary_key=True),
    sa.Column("client", sa.Text, nullable=False),
)
h, a, t = HOLDS.columns, AGREEMENTS.columns, TICKETS.columns
sa.Index("psa_holds_contact_idx", h.contact)
HOLD, RELEASE, AGREEMENT = upsert(HOLDS), delete_rows(HOLDS, (h.ticket_id,)), upsert(AGREEMENTS)
CONTACT: sa.BindParameter[str] = sa.bindparam("contact")
HELD = compiled(sa.select(h.ticket_id).where(h.contact == CONTACT).order_by(h.ticket_id)).encode()
CONTACTS = compiled(
    sa.select(h.contact).distinct().where(sa.func.starts_with(h.contact, sa.bindparam("start"))).order_by(h.contact)
).encode()
CLIENT = compiled(sa.select(a.client).where(a.agreement == sa.bindparam("agreement"))).encode()
LIVE = compiled(sa.select(t.ticket_id).where(t.contact == CONTACT, NOT_IMPORTED, IS_ACTIVE)).encode()


class PsaLookupsView:
    """Implements desk.eventstore.table_writer.View."""

    name = "psa-lookups"
    version = 1
    tables = (HOLDS, AGREEMENTS)

    def apply(self, cursor: DbCursor, changes: Sequence[AppliedEvent]) -> None:
        for change in changes:
            data = change.event.data
            if isinstance(data, CallerRevoked):
                HOLD(cursor, [(change.aggregate, data.contact)])
            elif isinstance(data, CallerHoldCleared | CallerReplaced):
                RELEASE(cursor, [(change.aggregate,)])
            elif isinstance(data, AgreementObserved):
                AGREEMENT(cursor, [(data.agreement, change.event.subject)])

    def clear(self, cursor: DbCursor) -> None:
        cursor.execute("TRUNCATE psa_holds, psa_agreements")


def tickets_held_for(cursor: DbCursor, contact: str) -> list[str]:
    """Tickets that are held because this contact left."""
    return [row[0] for row in cursor.execute(HELD, {"contact": contact})]


def contacts_with_holds(cursor: DbCursor, instance: str) -> list[str]:
    """Contacts of the instance for whom tickets are held."""
    return [row[0] for row in cursor.execute(CONTACTS, {"start": f"{instance}-p"})]


def agreement_owner(cursor: DbCursor, agreement: str) -> str | None:
    """The client of a contract, or None."""
    row = cursor.execute(CLIENT, {"agreement": agreement}).fetchone()
    return row[0] if row else None


def open_tickets_of(cursor: DbCursor, contact: str) -> list[str]:
    """Open tickets of a contact, without imported ones."""
    return [row[0] for row in cursor.execute(LIVE, {"contact": contact})]
