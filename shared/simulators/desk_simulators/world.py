"""The fictional MSP that every simulator plays: six clients with sites, people and devices, from `world.yaml`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

KINDS = ("workstation", "mac", "server", "firewall", "switch", "access_point")
AGENT_KINDS = ("workstation", "mac", "server")
"""Devices with an agent on them; the others are watched over the network."""


@dataclass(frozen=True, slots=True)
class Technician:
    """An employee of the MSP. `key` is the login."""

    key: str
    first: str
    last: str
    title: str
    license: str
    ids: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Site:
    key: str
    name: str
    address: str
    public_ip: str
    ids: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Person:
    """An employee of a client. `key` is the local part of mail address and UPN, and the login name."""

    key: str
    first: str
    last: str
    title: str
    phone: str
    ids: Mapping[str, int]
    left: bool = False


@dataclass(frozen=True, slots=True)
class Device:
    """`site` and `user` are keys of the same client; `user` is the person who is usually logged on."""

    name: str
    kind: str
    site: str
    ip: str
    mac: str
    serial: str
    maker: str
    model: str
    os: str
    ids: Mapping[str, int]
    user: str | None = None


@dataclass(frozen=True, slots=True)
class Client:
    """`domain` is that of mail and UPN, `netbios` that of logins."""

    key: str
    name: str
    domain: str
    netbios: str
    contract: str
    ids: Mapping[str, int]
    sites: tuple[Site, ...]
    people: tuple[Person, ...]
    devices: tuple[Device, ...]
    credit_hold: bool = False

    def site(self, key: str) -> Site:
        return next(site for site in self.sites if site.key == key)

    def person(self, key: str) -> Person:
        return next(person for person in self.people if person.key == key)

    def mail(self, person: Person) -> str:
        return f"{person.key}@{self.domain}"


@dataclass(frozen=True, slots=True)
class World:
    name: str
    domain: str
    technicians: tuple[Technician, ...]
    clients: tuple[Client, ...] = field(default_factory=tuple)

    def client(self, key: str) -> Client:
        return next(client for client in self.clients if client.key == key)

    def having(self, vendor: str) -> list[tuple[Client, Device]]:
        """Devices that the vendor has, with their clients."""
        return [(client, device) for client in self.clients for device in client.devices if vendor in device.ids]


@cache
def world() -> World:
    return read(yaml.safe_load(files(__package__).joinpath("world.yaml").read_text(encoding="utf-8")))


def read(data: Mapping[str, Any]) -> World:
    """Raises ValueError that names the record, for a site or user that does not exist or an id given twice."""
    technicians = tuple(Technician(**row) for row in data["technicians"])
    clients = tuple(_client(row) for row in data["clients"])
    _check_ids("site", [site.ids for client in clients for site in client.sites])
    _check_ids("device", [device.ids for client in clients for device in client.devices])
    _check_ids("person", [*(t.ids for t in technicians), *(p.ids for client in clients for p in client.people)])
    _check_ids("client", [client.ids for client in clients])
    return World(data["msp"]["name"], data["msp"]["domain"], technicians, clients)


def _client(row: Mapping[str, Any]) -> Client:
    values = dict(row)
    sites = tuple(Site(**site) for site in values.pop("sites"))
    people = tuple(Person(**person) for person in values.pop("people"))
    devices = tuple(Device(**device) for device in values.pop("devices"))
    places, keys = {site.key for site in sites}, {person.key for person in people}
    for device in devices:
        if device.kind not in KINDS:
            raise ValueError(f"{device.name}: kind {device.kind!r} is not one of {', '.join(KINDS)}")
        if device.site not in places:
            raise ValueError(f"{device.name}: {row['key']} has no site {device.site!r}")
        if device.user is not None and device.user not in keys:
            raise ValueError(f"{device.name}: {row['key']} has no person {device.user!r}")
    return Client(**values, sites=sites, people=people, devices=devices)


def _check_ids(kind: str, rows: list[Mapping[str, int]]) -> None:
    seen: set[tuple[str, int]] = set()
    for vendor, number in (pair for row in rows for pair in row.items()):
        if (vendor, number) in seen:
            raise ValueError(f"two records of kind {kind} have the id {number} at {vendor}")
        seen.add((vendor, number))
