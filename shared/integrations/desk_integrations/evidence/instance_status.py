"""The state of each instance for `desk status`: refused credentials, pauses, questions that wait."""

from __future__ import annotations

from collections.abc import Sequence

from desk.eventstore.table_writer import DbCursor
from desk.http.admin.status_responses import InstanceState
from desk_integrations.instances.document import Instance

QUERY = """
SELECT (SELECT probe_at FROM refused_credentials WHERE instance = %(id)s),
       (SELECT paused_until FROM call_budgets WHERE instance = %(id)s AND paused_until > now()),
       (SELECT count(*) FILTER (WHERE state IN ('planned', 'sent')) FROM effects WHERE starts_with(kind, %(below)s)),
       (SELECT count(*) FILTER (WHERE state = 'unknown') FROM effects WHERE starts_with(kind, %(below)s))
"""


def instance_states(cursor: DbCursor, instances: Sequence[Instance]) -> list[InstanceState]:
    """One row per instance. `waiting` counts questions that are to be asked, `unanswered` those without an answer yet.

    `state` is `credentials-refused` until the credentials change or `retried_at`, `paused` until `paused_until`, or
    `ok`.
    """
    return [_state(cursor, instance) for instance in instances]


def _state(cursor: DbCursor, instance: Instance) -> InstanceState:
    row = cursor.execute(QUERY, {"id": instance.id, "below": f"{instance.kind}/{instance.id}/"}).fetchone()
    assert row is not None
    retried_at, paused_until, waiting, unanswered = row
    state = "credentials-refused" if retried_at else "paused" if paused_until else "ok"
    return InstanceState(
        instance=instance.id,
        kind=instance.kind,
        vendor=instance.vendor,
        state=state,
        retried_at=retried_at,
        paused_until=paused_until,
        waiting=waiting,
        unanswered=unanswered,
    )
