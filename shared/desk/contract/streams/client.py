"""A client as of its facts: tier over time, other vendors' ids, devices, agreements."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

import msgspec
from msgspec.structs import replace

from desk.contract.event import Event, Payload, Text
from desk.contract.folding import on, steps
from desk.contract.streams import clients as f


class Device(msgspec.Struct, frozen=True):
    """One device: ids by vendor, its asset class, its host name when it was mapped, and the keyed hash of that name
    where the fact has it."""

    revision: int
    ids: dict[str, str]
    asset_class: str | None = None
    hostname: Text | None = None
    hostname_hash: str | None = None


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """One agreement: its PSA fields, its billing terms (version), the remainder of a prepaid block."""

    revision: str = ""
    kind: str = ""
    starts: datetime | None = None
    ends: datetime | None = None
    covers: tuple[str, ...] = ()
    rates: str | None = None
    calendar: str | None = None
    terms: str = ""
    left: Decimal | None = None
    exhausted: tuple[str, ...] = ()

    def in_force(self, at: datetime) -> bool:
        """Whether the agreement is in force at that instant."""
        return self.starts is not None and self.starts <= at and (self.ends is None or at < self.ends)


class Client(msgspec.Struct, frozen=True, kw_only=True):
    """A client, read from a PSA's `instance` or recorded in the desk's own directory.

    `tiers` are (effective from, tier) in that order; `mappings` maps vendor to external id. `unmapped` are devices that
    were removed, with their last state, from which a device that comes back continues.
    """

    revision: str = ""
    instance: str = ""
    active: bool = False
    zone: str | None = None
    kinds: tuple[str, ...] = ()
    tiers: tuple[tuple[datetime, str], ...] = ()
    mappings: dict[str, str] = {}
    co_managed: bool = False
    devices: dict[str, Device] = {}
    unmapped: dict[str, Device] = {}
    agreements: dict[str, Agreement] = {}

    def evolve(self, event: Event) -> Client:
        """The client after one more fact."""
        step = EVOLVE.get(type(event.data))
        return self if step is None else step(self, event)

    def tier(self, at: datetime) -> str | None:
        """The tier in force at that instant."""
        return next((tier for effective, tier in reversed(self.tiers) if effective <= at), None)

    def agreement(self, at: datetime) -> str | None:
        """Id of the agreement in force at that instant: the one that started last."""
        found = [(a.starts, key) for key, a in self.agreements.items() if a.starts is not None and a.in_force(at)]
        return max(found)[1] if found else None


INITIAL = Client()
Step = Callable[[Client, Event], Client]
P = TypeVar(
    "P", bound=f.AgreementObserved | f.AgreementEnded | f.AgreementTermsSet | f.PrepaidDrawn | f.PrepaidExhausted
)


def _observed(c: Client, e: Event[f.ClientObserved]) -> Client:
    d = e.data
    return replace(c, revision=d.revision, instance=d.instance, active=d.active, zone=d.zone, kinds=d.kinds)


def _tier(c: Client, e: Event[f.TierAssigned]) -> Client:
    # a later decision replaces all tiers planned from its effective time on
    kept = tuple(pair for pair in c.tiers if pair[0] < e.data.effective)
    return replace(c, tiers=(*kept, (e.data.effective, e.data.after)))


def _unmapped(c: Client, e: Event[f.ClientUnmapped]) -> Client:
    withdrawn = (e.data.vendor, e.data.external)
    return replace(c, mappings=dict(pair for pair in c.mappings.items() if pair != withdrawn))


def _device(c: Client, e: Event[f.DeviceMapped]) -> Client:
    d = e.data
    before = c.devices.get(d.device) or c.unmapped.get(d.device)
    # a mapping by hand names the ids alone
    hostname = d.hostname or (before.hostname if before else None)
    name_hash = d.hostname_hash or (before.hostname_hash if before else None)
    unmapped = {key: device for key, device in c.unmapped.items() if key != d.device}
    mapped = Device(d.revision, d.ids, d.asset_class, hostname, name_hash)
    return replace(c, devices={**c.devices, d.device: mapped}, unmapped=unmapped)


def _no_device(c: Client, e: Event[f.DeviceUnmapped]) -> Client:
    d = e.data
    kept = {key: device for key, device in c.devices.items() if key != d.device}
    held = c.devices.get(d.device)
    if held is None:
        return c
    return replace(c, devices=kept, unmapped={**c.unmapped, d.device: replace(held, revision=d.revision)})


def _agreement(change: Callable[[Agreement, Event[P]], Agreement]) -> Callable[[Client, Event[P]], Client]:
    def step(c: Client, e: Event[P]) -> Client:
        key = e.data.agreement
        return replace(c, agreements={**c.agreements, key: change(c.agreements.get(key, Agreement()), e)})

    return step


def _agreed(a: Agreement, e: Event[f.AgreementObserved]) -> Agreement:
    d = e.data
    return replace(
        a,
        revision=d.revision,
        kind=d.kind,
        starts=d.starts,
        ends=d.ends,
        covers=d.covers,
        rates=d.rates,
        calendar=d.calendar,
    )


def _ended(a: Agreement, e: Event[f.AgreementEnded]) -> Agreement:
    return replace(a, ends=e.data.at)


def _terms(a: Agreement, e: Event[f.AgreementTermsSet]) -> Agreement:
    return replace(a, terms=e.data.version)


def _drawn(a: Agreement, e: Event[f.PrepaidDrawn]) -> Agreement:
    return replace(a, left=e.data.left)


def _exhausted(a: Agreement, e: Event[f.PrepaidExhausted]) -> Agreement:
    return replace(a, exhausted=(*a.exhausted, e.data.period))


EVOLVE: dict[type[Payload], Step] = steps(
    on(f.ClientObserved, _observed),
    on(f.TierAssigned, _tier),
    on(f.ClientMapped, lambda c, e: replace(c, mappings={**c.mappings, e.data.vendor: e.data.external})),
    on(f.ClientUnmapped, _unmapped),
    on(f.CoManagedSet, lambda c, e: replace(c, co_managed=e.data.co_managed)),
    on(f.DeviceMapped, _device),
    on(f.DeviceUnmapped, _no_device),
    on(f.AgreementObserved, _agreement(_agreed)),
    on(f.AgreementEnded, _agreement(_ended)),
    on(f.AgreementTermsSet, _agreement(_terms)),
    on(f.PrepaidDrawn, _agreement(_drawn)),
    on(f.PrepaidExhausted, _agreement(_exhausted)),
)
