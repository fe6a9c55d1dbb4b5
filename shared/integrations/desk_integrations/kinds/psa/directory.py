"""Clients of the PSA with their contracts, devices and people, the MSP's members, and the statuses of a board."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from desk_integrations.vendor_errors import VendorAnswerInvalid


@dataclass(frozen=True, slots=True, kw_only=True)
class PsaClient:
    """A company. `status` decides with `inactive_client_statuses` whether it is active.

    `zone` is an IANA zone. `unreadable` names a part of the record that could not be used: the rest is recorded, then
    it is raised, so that the record is named and tried again.
    """

    record: str
    title: str
    changed_at: datetime | None
    status: str | None = None
    deleted: bool = False
    kinds: tuple[str, ...] = ()
    zone: str | None = None
    unreadable: VendorAnswerInvalid | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PsaAgreement:
    """A contract of a client. `over`: it was cancelled, expired or deactivated.

    `starts` is None where the record has no beginning, `ends` where it has no end. `ended_at` is the date of its end as
    far as the record has one, also of a contract without an end.
    """

    record: str
    client: str
    revision: str
    kind: str
    changed_at: datetime | None
    starts: datetime | None
    ends: datetime | None
    ended_at: datetime | None
    covers: tuple[str, ...] = ()
    rates: str | None = None
    over: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PsaDevice:
    """A configuration item. `client` is None when it belongs to no company."""

    record: str
    client: str | None
    kind: str
    name: str
    active: bool
    changed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PsaContact:
    """A person at a client. Addresses and numbers: the default ones first.

    `reachable` is False when the record carries no way to reach the person, as lists of some vendors do.
    """

    record: str
    client: str | None
    full_name: str
    active: bool
    changed_at: datetime | None
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    reachable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class PsaMember:
    """One of the MSP's staff, or a `program` that acts under a login of its own. `identifier` names it in records."""

    record: str
    identifier: str
    full_name: str
    active: bool
    program: bool
    changed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PsaStatus:
    """A status that tickets of a board can have. The name is free text."""

    status: str
    name: str
    closed: bool = False
