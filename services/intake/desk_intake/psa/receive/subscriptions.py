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

SUBJECT = "intake"
REMEMBER = (
    "INSERT INTO psa_hooks (instance, hook, url) VALUES (%s, %s, %s)"
    " ON CONFLICT (instance, hook) DO UPDATE SET url = excluded.url WHERE psa_hooks.url <> excluded.url"
)
FORMER = "SELECT hook, url FROM psa_hooks WHERE instance = %s AND url IS DISTINCT FROM %s ORDER BY hook"
FORGET = "DELETE FROM psa_hooks WHERE instance = %s AND hook = %s"
log = structlog.get_logger(__name__)


def callback_route(base: str, instance: str) -> str:
    """The address of the route that takes an instance's callbacks."""
    return f"{base.rstrip('/')}/psa/{instance}/callbacks"


async def ensure_hooks(access: LogAccess) -> tuple[str, ...]:
    """Subscribe to every type once and re-enable disabled subscriptions, which are recorded; returns their ids.

    Raises the first refusal after every type was requested.
    """
    config = access.config
    if config.callback_url is None:
        await _leave(access, None)
        return ()
    psa = access.connection.psa
    address = psa.callback_address(callback_route(config.callback_url, config.id))
    ensured = await psa.subscribe(address, psa.capabilities.subscriptions)
    rows = [(config.id, int(entry.subscription), address) for entry in ensured.entries]
    await access.query(lambda cursor: cursor.executemany(REMEMBER, rows))
    await _leave(access, address)
    now = access.parts.service.log.clock.now()
    for entry in (entry for entry in ensured.entries if entry.subscription in ensured.rearmed):
        hook = f"{config.id}:{entry.type}:{entry.subscription}"
        disabled = HookDisabled(vendor=config.vendor, hook=hook, since=entry.changed_at)
        # the same id in another process that finds the same
        identity = decision_id(hook, (entry.changed_at or now).isoformat())
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
    there = {entry.subscription: entry.url for entry in await access.connection.psa.subscriptions()}
    for hook, url in former.items():
        if there.get(str(hook)) == url:
            await access.connection.psa.unsubscribe(str(hook))
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
