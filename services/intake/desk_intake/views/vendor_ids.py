"""The read model `vendor_ids`: the vendors' ids of clients and devices, and one claim on each id.

The facts may map an id to two of them, for example while a device moves between clients. The table of claims has one
owner for each id, and decides between commands: the first one keeps it until it has another id, or none. Tables,
projection, query and writer; commands look it up, it has no route.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import sqlalchemy as sa

from desk.contract.streams.clients import ClientMapped, ClientUnmapped, DeviceMapped, DeviceUnmapped
from desk.decision.refusal import Refusal
from desk.eventstore.table_writer import AppliedEvent, DbCursor, Row, TableWriter
from desk.projections.statements import compiled, insert_new

VENDOR_IDS = sa.Table(
    "vendor_ids",
    sa.MetaData(),
    sa.Column("instance", sa.Text, primary_key=True),
    sa.Column("external", sa.Text, primary_key=True),
    sa.Column("client", sa.Text, primary_key=True),
    sa.Column("device", sa.Text, primary_key=True),
)
c = VENDOR_IDS.columns
sa.Index("vendor_ids_client_idx", c.client, c.device)
CLAIMED = sa.Table(
    "vendor_id_claims",
    VENDOR_IDS.metadata,
    sa.Column("instance", sa.Text, primary_key=True),
    sa.Column("external", sa.Text, primary_key=True),
    sa.Column("of_device", sa.Boolean, primary_key=True),
    sa.Column("client", sa.Text, nullable=False),
    sa.Column("device", sa.Text, nullable=False),
)
sa.Index("vendor_id_claims_client_idx", CLAIMED.c.client, CLAIMED.c.device)
TABLES = (VENDOR_IDS, CLAIMED)
INSERT, INSERT_CLAIM = insert_new(VENDOR_IDS), insert_new(CLAIMED)
CLIENT_FORGOTTEN = tuple(
    compiled(
        sa.delete(table).where(
            table.c.instance == sa.bindparam("of_instance"),
            table.c.client == sa.bindparam("of_client"),
            table.c.device == sa.literal_column("''"),
        )
    ).encode()
    for table in TABLES
)
DEVICE_FORGOTTEN = tuple(
    compiled(
        sa.delete(table).where(
            table.c.client == sa.bindparam("of_client"), table.c.device == sa.bindparam("device_of_client")
        )
    ).encode()
    for table in TABLES
)
OWNERS = compiled(
    sa.select(c.client, c.device)
    .where(
        c.instance == sa.bindparam("of_instance"),
        c.external == sa.bindparam("of_external"),
        (c.device != sa.literal_column("''")) == sa.bindparam("is_device", type_=sa.Boolean),
    )
    .order_by(c.client, c.device)
).encode()
CLAIM = (
    "INSERT INTO vendor_id_claims AS c (instance, external, of_device, client, device) VALUES (%s, %s, %s, %s, %s)"
    " ON CONFLICT (instance, external, of_device) DO UPDATE SET client = c.client RETURNING client, device"
)


class MappedTo(NamedTuple):
    """The desk's side of a vendor's id; `device` is empty for a client's."""

    client: str
    device: str


class VendorIdsView:
    """Implements `View` over the table `vendor_ids`: one row per id of a client or device at an instance."""

    name = "vendor-ids"
    version = 1
    tables = TABLES

    def apply(self, cursor: DbCursor, changes: Sequence[AppliedEvent]) -> None:
        for change in changes:
            data, client = change.event.data, change.event.subject
            if isinstance(data, ClientMapped):
                _forget_client(cursor, client, data.vendor)
                _insert(cursor, client, "", {data.vendor: data.external})
            elif isinstance(data, ClientUnmapped):
                _forget_client(cursor, client, data.vendor)
            elif isinstance(data, DeviceMapped):
                _forget_device(cursor, client, data.device)
                _insert(cursor, client, data.device, data.ids)
            elif isinstance(data, DeviceUnmapped):
                _forget_device(cursor, client, data.device)

    def clear(self, cursor: DbCursor) -> None:
        cursor.execute("TRUNCATE vendor_ids, vendor_id_claims")


def mapped_to(cursor: DbCursor, instance: str, external: str, *, device: bool) -> tuple[MappedTo, ...]:
    """The clients, or with `device` the devices, that an id of an instance is mapped to."""
    values = {"of_instance": instance, "of_external": external, "is_device": device}
    rows = cursor.execute(OWNERS, values).fetchall()
    return tuple(MappedTo(*row) for row in rows)


def _claim(cursor: DbCursor, rows: list[Row]) -> None:
    for row in rows:
        owner = cursor.execute(CLAIM, row).fetchone()
        if owner is not None and tuple(owner) != tuple(row[3:]):
            raise Refusal("mapping_taken", by=owner[1] or owner[0])


CLAIMS = TableWriter("vendor id claims", 18, _claim)
"""Rows (instance, external, whether it is a device's, client, device): the id is theirs. Refusal `mapping_taken`."""


def _insert(cursor: DbCursor, client: str, device: str, ids: Mapping[str, str]) -> None:
    INSERT(cursor, [(instance, external, client, device) for instance, external in ids.items()])
    INSERT_CLAIM(cursor, [(instance, external, device != "", client, device) for instance, external in ids.items()])


def _forget_client(cursor: DbCursor, client: str, instance: str) -> None:
    for statement in CLIENT_FORGOTTEN:
        cursor.execute(statement, {"of_instance": instance, "of_client": client})


def _forget_device(cursor: DbCursor, client: str, device: str) -> None:
    for statement in DEVICE_FORGOTTEN:
        cursor.execute(statement, {"of_client": client, "device_of_client": device})
