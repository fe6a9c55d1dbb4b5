"""The read model `vendor_ids`: the vendors' ids of clients and devices, so that no id is mapped to two of them.

Table, projection and query; commands look it up, it has no route.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy as sa

from desk.contract.streams.clients import ClientMapped, DeviceMapped, DeviceUnmapped
from desk.eventstore.table_writer import AppliedEvent, DbCursor
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
INSERT = insert_new(VENDOR_IDS)
OF_CLIENT, OF_DEVICE = c.client == sa.bindparam("of_client"), c.device == sa.bindparam("of_device")
OF_INSTANCE = c.instance == sa.bindparam("of_instance")
CLIENT_FORGOTTEN = compiled(
    sa.delete(VENDOR_IDS).where(OF_INSTANCE, OF_CLIENT, c.device == sa.literal_column("''"))
).encode()
DEVICE_FORGOTTEN = compiled(sa.delete(VENDOR_IDS).where(OF_CLIENT, OF_DEVICE)).encode()
OWNERS = compiled(
    sa.select(c.client, c.device)
    .where(
        OF_INSTANCE,
        c.external == sa.bindparam("of_external"),
        (c.device != sa.literal_column("''")) == sa.bindparam("is_device", type_=sa.Boolean),
    )
    .order_by(c.client, c.device)
).encode()


class MappedTo(NamedTuple):
    """The desk's side of a vendor's id; `device` is empty for a client's."""

    client: str
    device: str


class VendorIdsView:
    """Implements `View` over the table `vendor_ids`: one row per id of a client or device at an instance."""

    name = "vendor-ids"
    version = 1
    table = VENDOR_IDS

    def apply(self, cursor: DbCursor, changes: Sequence[AppliedEvent]) -> None:
        for change in changes:
            data, client = change.event.data, change.event.subject
            if isinstance(data, ClientMapped):
                cursor.execute(CLIENT_FORGOTTEN, {"of_instance": data.vendor, "of_client": client})
                INSERT(cursor, [(data.vendor, data.external, client, "")])
            elif isinstance(data, DeviceMapped):
                _forget_device(cursor, client, data.device)
                INSERT(cursor, [(instance, external, client, data.device) for instance, external in data.ids.items()])
            elif isinstance(data, DeviceUnmapped):
                _forget_device(cursor, client, data.device)

    def clear(self, cursor: DbCursor) -> None:
        cursor.execute("TRUNCATE vendor_ids")


def _forget_device(cursor: DbCursor, client: str, device: str) -> None:
    cursor.execute(DEVICE_FORGOTTEN, {"of_client": client, "of_device": device})


def mapped_to(cursor: DbCursor, instance: str, external: str, *, device: bool) -> tuple[MappedTo, ...]:
    """The clients, or with `device` the devices, that an id of an instance is mapped to."""
    values = {"of_instance": instance, "of_external": external, "is_device": device}
    rows = cursor.execute(OWNERS, values).fetchall()
    return tuple(MappedTo(*row) for row in rows)
