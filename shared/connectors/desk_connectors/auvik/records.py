"""Resources of the vendor's JSON:API, limited to the fields that a service desk needs. Times are UTC."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

VENDOR = "auvik"
CLEARED = "Cleared"
"""End of the name of the record that says that an alert has cleared."""

Key = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Time = Annotated[datetime, msgspec.Meta(tz=True)]


class Record(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A part of a resource. Unknown fields are ignored."""


class NamedAttributes(Record, frozen=True, kw_only=True):
    """Attributes of a related resource, as far as the vendor repeats them: `name` of an alert, `device_name`."""

    name: str = ""
    device_name: str = ""


class Reference(Record, frozen=True, kw_only=True):
    """A related resource."""

    id: Key
    type: str = ""
    attributes: NamedAttributes = msgspec.field(default_factory=NamedAttributes)


class ToOne(Record, frozen=True, kw_only=True):
    """A relationship to one resource that is always there."""

    data: Reference


class ToOneOrNone(Record, frozen=True, kw_only=True):
    data: Reference | None = None


class ToMany(Record, frozen=True, kw_only=True):
    data: tuple[Reference, ...] = ()


class Links(Record, frozen=True, kw_only=True):
    """`dashboard` is the address of the resource in the vendor's console."""

    dashboard: str = ""


class DeviceAttributes(Record, frozen=True, kw_only=True):
    device_name: str = ""
    device_type: str = ""
    serial_number: str = ""
    ip_addresses: tuple[str, ...] = ()
    online_status: str = ""
    last_modified: Time | None = None
    last_seen_time: Time | None = None


class DeviceRelationships(Record, frozen=True, kw_only=True):
    tenant: ToOne


class Device(Record, frozen=True, kw_only=True):
    """A device of one tenant."""

    id: Key
    attributes: DeviceAttributes
    relationships: DeviceRelationships
    links: Links = msgspec.field(default_factory=Links)

    @property
    def tenant(self) -> str:
        return self.relationships.tenant.data.id


class DetailRelationships(Record, frozen=True, kw_only=True):
    connected_devices: ToMany = msgspec.field(default_factory=ToMany)
    interfaces: ToMany = msgspec.field(default_factory=ToMany)


class DeviceDetail(Record, frozen=True, kw_only=True):
    """The neighbours and interfaces of the device with the same id."""

    id: Key
    relationships: DetailRelationships = msgspec.field(default_factory=DetailRelationships)


class AlertAttributes(Record, frozen=True, kw_only=True):
    name: str = ""
    severity: str = ""
    status: str
    alert_definition_id: str = ""
    detected_on: Time
    description: str = ""
    dismissed: bool = False


class AlertRelationships(Record, frozen=True, kw_only=True):
    """`entity` is a device, an interface or a network."""

    tenant: ToOne
    entity: ToOne
    related_alert: ToOneOrNone = msgspec.field(default_factory=ToOneOrNone)


class Alert(Record, frozen=True, kw_only=True):
    """One record of the alert history. The record of an alert that has cleared is related to that of the clearing."""

    id: Key
    attributes: AlertAttributes
    relationships: AlertRelationships
    links: Links = msgspec.field(default_factory=Links)

    @property
    def tenant(self) -> str:
        return self.relationships.tenant.data.id

    @property
    def is_open(self) -> bool:
        """Whether it was raised, and neither cleared nor dismissed."""
        related = self.relationships.related_alert.data
        cleared = related is not None and related.attributes.name.endswith(CLEARED)
        return self.attributes.status == "created" and not self.attributes.dismissed and not cleared
