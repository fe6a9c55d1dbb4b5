"""Callback subscriptions: made at the start, found again afterwards, switched on again where the vendor gave up."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from desk.deciding import Deciding
from desk.streams.operations import HookDisabled, HookRearmed, ReconciliationCompleted
from desk.ticket.event import Draft, Payload, Stream
from desk_intake.psa.desk import Desk
from desk_intake.psa.ids import decision_id

TYPES = ("ticket", "time", "company", "contact", "configuration", "agreement", "member")
SUBJECT = "intake"


def callback_address(base: str, instance: str) -> str:
    """The address that is registered: the vendor appends record id and action to it."""
    return f"{base.rstrip('/')}/psa/{instance}/callbacks?recordId="


async def ensure_hooks(desk: Desk) -> tuple[int, ...]:
    """Every type subscribed once and active; ids of those that had been switched off, each of them recorded."""
    config = desk.config
    if config.callback_url is None:
        return ()
    ensured = await desk.link.client.ensure_callbacks(callback_address(config.callback_url, config.id), TYPES)
    now = desk.parts.service.log.clock.now()
    for entry in (entry for entry in ensured.entries if entry.id in ensured.rearmed):
        hook = f"{config.id}:{entry.type}:{entry.id}"
        disabled = HookDisabled(vendor=config.vendor, hook=hook, since=entry.info.last_updated)
        await tell(
            desk, decision_id(hook, now.isoformat()), disabled, HookRearmed(vendor=config.vendor, hook=hook, at=now)
        )
    return ensured.rearmed


async def tell(desk: Desk, identity: UUID, *facts: Payload) -> None:
    """Record facts of operations."""

    def decision(_state: object, _deciding: Deciding) -> list[Draft]:
        return [Draft(data=fact) for fact in facts]

    await desk.decide(Stream.OPS, SUBJECT, identity, decision)


def completed(instance: str, started: datetime, read: int, changed: int, missing: int, failed: int) -> Payload:
    """One pass over the PSA's records."""
    return ReconciliationCompleted(
        instance=instance, started=started, read=read, changed=changed, missing=missing, failed=failed
    )
