"""Devices, organisations and hits of the device search."""

from __future__ import annotations

import msgspec

from desk_connectors.ninjaone.records.reading import Number, Record


class System(Record, frozen=True, kw_only=True):
    """Hardware as the agent reports it. Answered by the detailed calls, and missing in the vendor's specification."""

    name: str = ""
    manufacturer: str = ""
    model: str = ""
    serial_number: str = ""
    domain: str = ""


class OperatingSystem(Record, frozen=True, kw_only=True):
    """`last_boot_time` is in epoch seconds."""

    name: str = ""
    build_number: str = ""
    release_id: str = ""
    last_boot_time: float | None = None
    needs_reboot: bool | None = None


class Device(Record, frozen=True, kw_only=True):
    """A device. `last_logged_in_user` is `DOMAIN\\user`; lists without detail leave it, `os` and `system` empty."""

    id: Number
    uid: str = ""
    organization_id: int
    node_class: str = ""
    approval_status: str = ""
    offline: bool | None = None
    display_name: str = ""
    system_name: str = ""
    dns_name: str = ""
    netbios_name: str = ""
    last_contact: float | None = None
    ip_addresses: tuple[str, ...] = ()
    mac_addresses: tuple[str, ...] = ()
    os: OperatingSystem = msgspec.field(default_factory=OperatingSystem)
    system: System = msgspec.field(default_factory=System)
    last_logged_in_user: str = ""


class SearchHit(Device, frozen=True, kw_only=True):
    """A device with the attribute that matched, such as `systemName`."""

    score: float | None = None
    match_attr: str = ""
    match_attr_value: str = ""


class Organization(Record, frozen=True, kw_only=True):
    """A client company of the MSP."""

    id: Number
    name: str = ""


class LastUser(Record, frozen=True, kw_only=True):
    """The last logged-on user of a device, `DOMAIN\\user`; `logon_time` is in epoch seconds."""

    user_name: str = ""
    logon_time: float | None = None
