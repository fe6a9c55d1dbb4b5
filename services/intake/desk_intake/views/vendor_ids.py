"""The vendors' ids of clients and devices, so that no id is mapped to two of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from desk.contract.streams.clients import ClientMapped, DeviceMapped, DeviceUnmapped
from desk.eventstore.table_writer import AppliedEvent, DbCursor

CLIENT_FORGOTTEN = "DELETE FROM vendor_ids WHERE instance = %s AND client = %s AND device = ''"
DEVICE_FORGOTTEN = "DELETE FROM vendor_ids WHERE client = %s AND device = %s"
ADD = "INSERT INTO vendor_ids (instance, external, client, device) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING"
OWNERS = (
    "SELECT client, device FROM vendor_ids WHERE instance = %s AND external = %s AND (device <> '') = %s ORDER BY 1, 2"
)


class MappedTo(NamedTuple):
    """The desk's side of a vendor's id; `device` is empty for a client's."""

    client: str
    device: str


class VendorIdsView:
    """Implements `View` over the table `vendor_ids`: one row per id of a client or device at an instance."""

    name = "vendor-ids"
    version = 1

    def apply(self, cursor: DbCursor, changes: Sequence[AppliedEvent]) -> None:
        for change in changes:
            data, client = change.event.data, change.event.subject
            if isinstance(data, ClientMapped):
                cursor.execute(CLIENT_FORGOTTEN, (data.vendor, client))
                cursor.execute(ADD, (data.vendor, data.external, client, ""))
            elif isinstance(data, DeviceMapped):
                cursor.execute(DEVICE_FORGOTTEN, (client, data.device))
                for instance, external in data.ids.items():
                    cursor.execute(ADD, (instance, external, client, data.device))
            elif isinstance(data, DeviceUnmapped):
                cursor.execute(DEVICE_FORGOTTEN, (client, data.device))

    def clear(self, cursor: DbCursor) -> None:
        cursor.execute("TRUNCATE vendor_ids")


def mapped_to(cursor: DbCursor, instance: str, external: str, *, device: bool) -> tuple[MappedTo, ...]:
    """The clients, or with `device` the devices, that an id of an instance is mapped to."""
    rows = cursor.execute(OWNERS, (instance, external, device)).fetchall()
    return tuple(MappedTo(*row) for row in rows)
