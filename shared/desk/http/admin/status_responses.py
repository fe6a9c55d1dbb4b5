"""The status of a service and of its keys, as the API writes them and the command line reads them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from desk.http.admin.operation_responses import CallStop


class KeyCounts(msgspec.Struct, frozen=True, kw_only=True):
    """Counts of keys that facts name, and of `facts` that name a missing one."""

    missing: int
    facts: int
    abandoned: int
    erased: int
    erased_again: int


class UnreadKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key that facts name and the key ring lacks. `since`: when it was first missed."""

    key: str
    subject: str | None
    state: Literal["abandoned", "missing"]
    aggregate: str
    facts: int
    since: datetime | None


class MissingKeys(KeyCounts, frozen=True, kw_only=True):
    """The keys that the key ring lacks, those given up included."""

    items: list[UnreadKey]


class LossAccepted(msgspec.Struct, frozen=True):
    """The number of keys that were given up."""

    accepted: int


class WriteBack(msgspec.Struct, frozen=True, kw_only=True):
    """The level of write-back of one PSA instance; `exceptions`: board or client -> its own level."""

    instance: str
    level: str
    says: str
    version: str
    exceptions: Mapping[str, str]


class PolicyRefused(msgspec.Struct, frozen=True):
    """A policy fact that this release cannot read; the version before it stays in force."""

    policy: str
    owner: str
    ownerseq: int
    error: str


class Feed(msgspec.Struct, frozen=True, kw_only=True):
    """One feed of a vendor's instance. `turned`: the end of its last complete poll, `age` the seconds since; `limit`:
    the age beyond which the service is not ready, None for an optional feed."""

    feed: str
    turned: datetime | None
    age: float
    failing: datetime | None
    tries: int
    problem: str
    operation: str
    status: int | None
    field: str | None
    limit: float | None


class UnreadableRecord(msgspec.Struct, frozen=True):
    """A record of a vendor's instance that cannot be read."""

    kind: str
    record: str
    problem: str
    since: datetime | None


class InstanceFeeds(msgspec.Struct, frozen=True, kw_only=True):
    """The feeds of one instance, the number of its unreadable records, and the first of them."""

    instance: str
    feeds: list[Feed]
    unreadable: int
    records: list[UnreadableRecord]


class InstanceState(msgspec.Struct, frozen=True, kw_only=True):
    """A vendor's instance that evidence is collected from. `waiting` counts questions that are to be asked,
    `unanswered` those without an answer yet."""

    instance: str
    kind: str
    vendor: str
    state: str
    retried_at: datetime | None
    paused_until: datetime | None
    waiting: int
    unanswered: int


class ServiceStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The status of a service. `lag` counts by source those not applied or published yet,
    `effects` outbound calls by kind and state. `drained`: no fact is in transit; `quiescent`: no call is open either.
    """

    service: str
    own: int
    replicated: int = msgspec.field(name="heard")
    lag: Mapping[str, int]
    parked: int
    oldest_parked: datetime | None
    effects: Mapping[str, Mapping[str, int]]
    last: int
    unread: int
    dropped: int
    drained: bool
    open_calls: int
    quiescent: bool = msgspec.field(name="at_rest")
    stops: list[CallStop]
    write_back: list[WriteBack] | UnsetType = UNSET
    policies_refused: list[PolicyRefused] | UnsetType = UNSET
    psa: list[InstanceFeeds] | UnsetType = UNSET
    integrations: list[InstanceState] | UnsetType = UNSET
    keys: KeyCounts


class ViewRebuilt(msgspec.Struct, frozen=True):
    """A read model that was rebuilt, and the number of facts read for it."""

    view: str
    facts: int
