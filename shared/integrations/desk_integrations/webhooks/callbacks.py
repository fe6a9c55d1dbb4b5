"""Callbacks and subscriptions in the terms of every kind: an authentic callback, a refused one, what is subscribed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from desk_integrations.vendor_errors import VendorRefused


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A subscription to one type of records. `url` is the address as it is registered."""

    subscription: str
    type: str
    url: str
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscribed:
    """The subscriptions after all types were asked for. `rearmed`: ids of those that the vendor had switched off.

    `refused`: types without a subscription, with the vendor's refusal.
    """

    entries: tuple[Subscription, ...]
    rearmed: tuple[str, ...] = ()
    refused: tuple[tuple[str, VendorRefused], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorCallback:
    """An authentic callback: a hint that the record is to be read. `dedup_key` is the same for a repeat.

    `type` may be one to which nobody here subscribes. `member` made the change, empty where the vendor does not say.
    """

    type: str
    record: str
    action: Literal["added", "updated", "deleted"]
    dedup_key: str
    member: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackRefused:
    """A callback that is not believed (`unsigned`, `unauthenticated`) or not understood (`malformed`).

    `field` names the part that is wrong, `remedy` the correction; both are empty where there is nothing to say.
    """

    reason: Literal["unsigned", "unauthenticated", "malformed"]
    field: str = ""
    detail: str = ""
    remedy: str = ""
