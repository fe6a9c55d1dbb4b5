"""Clients and their agreements. Topic `desk.clients.v1`, key = client id: tier and agreement keep their order."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from desk.contract.event import Payload, Spec, Stream, Text
from desk.contract.json_values import JsonObject

C = Stream.CLIENTS


class ClientObserved(Payload, frozen=True, kw_only=True):
    """A client company was read from the PSA; `zone` is the IANA zone of its main site."""

    spec = Spec("intake", ("revision",), stream=C)
    revision: str
    instance: str
    record: str
    active: bool
    title: Text
    zone: str | None = None
    kinds: tuple[str, ...] = ()


class TierAssigned(Payload, frozen=True, kw_only=True):
    """The client's service tier from `effective` on."""

    spec = Spec("intake", ("after", "effective"), stream=C)
    before: str | None
    after: str
    effective: datetime


class ClientMapped(Payload, frozen=True, kw_only=True):
    """The client was mapped to a company, site, organisation or tenant of another vendor."""

    spec = Spec("intake", ("vendor", "external"), stream=C)
    vendor: str
    external: str
    by: str


class ClientUnmapped(Payload, frozen=True, kw_only=True):
    """The mapping of the client to this company, site, organisation or tenant was withdrawn."""

    spec = Spec("intake", ("vendor", "external", "at"), stream=C)
    vendor: str
    external: str
    by: str
    at: datetime


class CoManagedSet(Payload, frozen=True, kw_only=True):
    """Co-management was set: whether the client's own IT works on tickets as well."""

    spec = Spec("intake", ("revision",), stream=C)
    revision: int
    co_managed: bool
    by: str


class DeviceMapped(Payload, frozen=True, kw_only=True):
    """A device of the client was mapped to its ids by vendor; `hostname_hash` is an HMAC of the host name."""

    spec = Spec("intake", ("device", "revision"), stream=C)
    device: str
    revision: int
    ids: dict[str, str]
    asset_class: str | None = None
    hostname: Text | None = None
    hostname_hash: str | None = None


class DeviceUnmapped(Payload, frozen=True, kw_only=True):
    """The device is not, or no longer, a device of this client."""

    spec = Spec("intake", ("device", "revision"), stream=C)
    device: str
    revision: int
    by: str


class AgreementObserved(Payload, frozen=True, kw_only=True):
    """An agreement was read from the PSA: type, period, coverage; `rates` refers to the PSA's own rates."""

    spec = Spec("intake", ("agreement", "revision"), stream=C)
    agreement: str
    revision: str
    kind: str
    starts: datetime
    ends: datetime | None = None
    covers: tuple[str, ...] = ()
    rates: str | None = None
    calendar: str | None = None


class AgreementEnded(Payload, frozen=True, kw_only=True):
    """The agreement ended."""

    spec = Spec("intake", ("agreement",), stream=C)
    agreement: str
    at: datetime


class AgreementTermsSet(Payload, frozen=True, kw_only=True):
    """The billing terms of the agreement were set: a version, as a document."""

    spec = Spec("billing", ("agreement", "version"), stream=C)
    agreement: str
    version: str
    effective: datetime
    terms: JsonObject


class PrepaidDrawn(Payload, frozen=True, kw_only=True):
    """Labour was drawn from a prepaid block; `left` remains. Money in the agreement's currency, labour in minutes."""

    spec = Spec("billing", ("agreement", "entry", "rev"), stream=C)
    agreement: str
    ticket: str
    entry: str
    rev: int
    minutes: int
    amount: Decimal
    left: Decimal


class PrepaidExhausted(Payload, frozen=True, kw_only=True):
    """The prepaid block of that period is used up."""

    spec = Spec("billing", ("agreement", "period"), stream=C)
    agreement: str
    period: str


FACTS: tuple[type[Payload], ...] = (
    ClientObserved,
    TierAssigned,
    ClientMapped,
    ClientUnmapped,
    CoManagedSet,
    DeviceMapped,
    DeviceUnmapped,
    AgreementObserved,
    AgreementEnded,
    AgreementTermsSet,
    PrepaidDrawn,
    PrepaidExhausted,
)
