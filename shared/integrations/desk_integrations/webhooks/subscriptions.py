"""Callback subscriptions: registers them, finds them again, and re-enables those that the vendor disabled.

Subscriptions of a former address of this desk are removed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

import structlog

from desk.contract.streams.operations import HookDisabled, HookRearmed
from desk_integrations.instance_access import InstanceAccess
from desk_integrations.receipts.decision_item import decision_id
from desk_integrations.webhooks.callbacks import Subscribed, Subscription

K_contra = TypeVar("K_contra", bound=str, contravariant=True)
log = structlog.get_logger(__name__)


class Subscriber(Protocol[K_contra]):
    """Manages the subscriptions of one instance at its vendor; `K_contra` are the types of its records."""

    async def subscribe(self, address: str, types: Sequence[K_contra]) -> Subscribed:
        """Subscribe to every type once at this address, and re-enable what the vendor disabled."""
        ...

    async def subscriptions(self) -> Sequence[Subscription]: ...

    async def unsubscribe(self, subscription: str) -> None: ...


async def ensure_subscriptions(
    access: InstanceAccess, vendor: Subscriber[K_contra], address: str | None, types: Sequence[K_contra]
) -> tuple[str, ...]:
    """Subscribe to every type once and re-enable disabled subscriptions, which are recorded; returns their ids.

    `address` None: only remove our subscriptions. Raises the first refusal after every type was requested.
    """
    if address is None:
        await _leave(access, vendor, None)
        return ()
    name = access.config.id
    ensured = await vendor.subscribe(address, types)
    hooks = [entry.subscription for entry in ensured.entries]
    await access.query(lambda cursor: access.rows.subscriptions.remember(cursor, name, hooks, address))
    await _leave(access, vendor, address)
    for entry in (entry for entry in ensured.entries if entry.subscription in ensured.rearmed):
        await _record_rearmed(access, entry)
    for kind, refused in ensured.refused:
        log.info("a subscription is refused", instance=name, type=kind, status=refused.status)
        raise refused
    return ensured.rearmed


async def _record_rearmed(access: InstanceAccess, entry: Subscription) -> None:
    hook, now = f"{access.config.id}:{entry.type}:{entry.subscription}", access.now()
    # the same id in another process that finds the same
    identity = decision_id(hook, (entry.changed_at or now).isoformat())
    vendor = access.config.vendor
    disabled = HookDisabled(vendor=vendor, hook=hook, since=entry.changed_at)
    await access.record_operations_event(identity, disabled, HookRearmed(vendor=vendor, hook=hook, at=now))


async def _leave(access: InstanceAccess, vendor: Subscriber[K_contra], address: str | None) -> None:
    """Remove our subscriptions at other addresses, if the vendor still lists the same address under the id."""
    name, rows = access.config.id, access.rows.subscriptions
    former = await access.query(lambda cursor: rows.former(cursor, name, address))
    if not former:
        return
    there = {entry.subscription: entry.url for entry in await vendor.subscriptions()}
    for hook, url in former.items():
        if there.get(hook) == url:
            await vendor.unsubscribe(hook)
            log.info("a subscription of a former address was removed", instance=name, hook=hook)
        await access.query(lambda cursor, hook=hook: rows.forget(cursor, name, hook))  # type: ignore[misc]
