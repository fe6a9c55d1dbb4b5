"""Keeps level `everything` for instances that wrote before policy `write-back` existed, until it is published.

The decision is made once per instance, from the store's content, before the service starts, and is a row of
`psa_wrote_before`. Intake then publishes version `kept` of the policy, so that every service and person sees it.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import NAMESPACE_URL, uuid5

import structlog

from desk.contract.event import Draft, Stream
from desk.contract.streams.policies import Policy, PolicyPublished
from desk.decision.context import DecisionContext
from desk.eventstore.table_writer import DbCursor
from desk.policies.publishing import content_hash
from desk.policies.write_back import POLICY
from desk.service.parts import Parts
from desk_intake.psa.write_back.levels_in_force import KEPT, Levels
from desk_integrations.receipts.decision_item import Decide

BY = "service:intake"
DECIDED = "SELECT instance, wrote FROM psa_wrote_before WHERE instance = ANY(%s)"
DECIDE = "INSERT INTO psa_wrote_before (instance, wrote, evidence) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING"
EVIDENCE = (
    ("writes to records", "SELECT EXISTS (SELECT FROM psa_writes WHERE instance = %s)"),
    (
        "calls that were made",
        "SELECT EXISTS (SELECT FROM effects e JOIN tickets t ON t.ticket_id = e.aggregate WHERE t.source = %s"
        " AND e.kind LIKE 'psa-%%' AND e.state IN ('done', 'sent', 'unknown'))",
    ),
    (
        "facts psa-synced",
        "SELECT EXISTS (SELECT FROM stored_events e JOIN tickets t ON t.ticket_id = e.originator_id"
        " WHERE t.source = %s AND e.topic = 'desk.intake.psa-synced.v1')",
    ),
)
log = structlog.get_logger(__name__)


def decide_once(cursor: DbCursor, instances: Sequence[str]) -> list[str]:
    """Decide for every instance without a decision; returns the instances that wrote before the policy existed."""
    decided = dict(cursor.execute(DECIDED, (list(instances),)).fetchall())
    for name in instances:
        if name not in decided:
            found = _evidence(cursor, name)
            cursor.execute(DECIDE, (name, found is not None, found or ""))
    return sorted(name for name, wrote in cursor.execute(DECIDED, (list(instances),)).fetchall() if wrote)


def _evidence(cursor: DbCursor, instance: str) -> str | None:
    for name, query in EVIDENCE:
        row = cursor.execute(query.encode(), (instance,)).fetchone()
        if row is not None and row[0]:
            return name
    return None


def kept_content(instances: Sequence[str]) -> dict[str, object]:
    """The content of version `kept`: these instances are written to, a new one is not."""
    return {"default": "nothing", "instances": dict.fromkeys(instances, "everything")}


class PriorWrites:
    """Worker that publishes version `kept` once. `prepare` decides before the service starts."""

    def __init__(self, instances: Sequence[str], levels: Levels) -> None:
        self._instances, self._levels = list(instances), levels
        self._parts: Parts | None = None

    def prepare(self, parts: Parts) -> None:
        """Decide the levels in force before the first version, if none is published yet."""
        self._parts = parts
        if self._instances and not self._levels.published:
            store = parts.service.log.store
            self._levels.kept = store.execute(lambda cursor: decide_once(cursor, self._instances))

    async def start(self) -> None:
        kept = sorted(self._levels.kept)
        if self._parts is None or not kept or self._levels.published:
            return
        content = kept_content(kept)

        def publish(policy: Policy, context: DecisionContext) -> list[Draft]:
            if policy.versions:
                return []
            digest = content_hash(content)
            data = PolicyPublished(
                policy=POLICY,
                version=KEPT,
                effective_from=context.now,
                content_hash=digest,
                content=content,
                by=BY,
            )
            return [Draft(data=data)]

        identity = uuid5(NAMESPACE_URL, f"desk|{POLICY}|{KEPT}")
        await self._parts.service.log.writer.submit(Decide(Stream.POLICIES, POLICY, identity, publish))
        log.warning("the desk wrote to these instances before policy write-back existed and goes on", count=len(kept))

    async def stop(self) -> None:
        return None
