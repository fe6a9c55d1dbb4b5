"""Callback subscriptions: registers them, finds them again, and re-enables those that the vendor disabled.

Subscriptions of a former address of this desk are removed. Our ids are stored, because another desk on the same PSA may
have subscriptions that look alike.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import structlog

from desk.contract.event import Draft, Payload, Stream
from desk.contract.streams.operations import HookDisabled, HookRearmed, ReconciliationCompleted
from desk.decision.context import DecisionContext
from desk_intake.psa.ids import decision_id
from desk_intake.psa.log_access import LogAccess

TYPES = ("ticket", "time", "company", "contact", "configuration", "agreement", "member")
SUBJECT = "intake"
REMEMBER = (
    "INSERT INTO psa_hooks (instance, hook, url) VALUES (%s, %s, %s)"
    " ON CONFLICT (instance, hook) DO UPDATE SET url = excluded.url WHERE psa_hooks.url <> excluded.url"
)
FORMER = "SELECT hook, url FROM psa_hooks WHERE instance = %s AND url IS DISTINCT FROM %s ORDER BY hook"
FORGET = "DELETE FROM psa_hooks WHERE instance = %s AND hook = %s"
log = structlog.get_logger(__name__)


def callback_address(base: str, instance: str) -> str:
    """The address to register; the vendor appends record id and action."""
    return f"{base.rstrip('/')}/psa/{instance}/callbacks?recordId="


async def ensure_hooks(access: LogAccess) -> tuple[int, ...]:
    """Subscribe to every type once and re-enable disabled subscriptions, which are recorded; returns their ids.

    Raises the first refusal after every type was requested.
    """
    config = access.config
    if config.callback_url is None:
        await _leave(access, None)
        return ()
    address = callback_address(config.callback_url, config.id)
    ensured = await access.connection.client.subscribe_each(address, TYPES)
    rows = [(config.id, entry.id, address) for entry in ensured.entries]
    await access.query(lambda cursor: cursor.executemany(REMEMBER, rows))
    await _leave(access, address)
    now = access.parts.service.log.clock.now()
    for entry in (entry for entry in ensured.entries if entry.id in ensured.rearmed):
        hook = f"{config.id}:{entry.type}:{entry.id}"
        disabled = HookDisabled(vendor=config.vendor, hook=hook, since=entry.info.last_updated)
        # the same id in another process that finds the same
        identity = decision_id(hook, (entry.info.last_updated or now).isoformat())
        await record_operations_event(access, identity, disabled, HookRearmed(vendor=config.vendor, hook=hook, at=now))
    for kind, refused in ensured.refused:
        log.info("a subscription is refused", instance=config.id, type=kind, status=refused.status)
        raise refused
    return ensured.rearmed


async def _leave(access: LogAccess, address: str | None) -> None:
    """Remove our subscriptions at other addresses, if the PSA still lists the same address under the id."""
    name = access.config.id
    former = dict(await access.query(lambda cursor: cursor.execute(FORMER, (name, address)).fetchall()))
    if not former:
        return
    there = {entry.id: entry.url for entry in await access.connection.client.callbacks().all()}
    for hook, url in former.items():
        if there.get(hook) == url:
            await access.connection.client.delete_callback(hook)
            log.info("a subscription of a former address was removed", instance=name, hook=hook)
        await access.query(lambda cursor, hook=hook: cursor.execute(FORGET, (name, hook)))  # type: ignore[misc]


async def record_operations_event(access: LogAccess, identity: UUID, *facts: Payload) -> None:
    """Record operations events."""

    def decision(_state: object, _context: DecisionContext) -> list[Draft]:
        return [Draft(data=fact) for fact in facts]

    await access.decide(Stream.OPS, SUBJECT, identity, decision)


def completed(instance: str, started: datetime, read: int, changed: int, missing: int, failed: int) -> Payload:
    """The operations event of one reconciliation round."""
    return ReconciliationCompleted(
        instance=instance, started=started, read=read, changed=changed, missing=missing, failed=failed
    )
