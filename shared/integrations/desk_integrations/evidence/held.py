"""Questions that are held back, by a stop or because their instance was removed: recorded as unknown, and kept."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import NamedTuple

import structlog

from desk.decision.planning import OutboundCall
from desk.eventstore.errors import Conflict, LogError, error_location
from desk.eventstore.event_log import EventLog
from desk.eventstore.table_writer import DbCursor
from desk.outbox.ledger import COLUMNS, STOPPED
from desk_integrations.evidence.calls import EvidenceCalls
from desk_integrations.evidence.definition import AnyEvidence, EvidenceRequest
from desk_integrations.evidence.subject import decode
from desk_integrations.instances.document import Instance

log = structlog.get_logger("desk.integrations")
EVERY = 5.0
"""Seconds between two searches for questions that are held back."""
STOPPED_REASON, REMOVED_REASON = "stopped", "not-configured"
BEYOND_DEADLINE = (
    f"SELECT {COLUMNS} FROM effects e WHERE kind = %(kind)s AND state = 'planned'"  # noqa: S608
    " AND (leased IS NULL OR leased < now()) AND greatest(planned, next) <= now() - %(deadline)s"
    f" AND {STOPPED} ORDER BY planned, id LIMIT 100"
)
REMOVED = (
    f"SELECT {COLUMNS} FROM effects e WHERE starts_with(kind, %(above)s) AND right(kind, length(%(name)s)) = %(name)s"  # noqa: S608
    " AND kind <> ALL(%(kinds)s) AND state IN ('planned', 'sent') ORDER BY planned, id LIMIT 100"
)


class Held(NamedTuple):
    """A question that nobody is asked for the time being, with the reason that its ticket gets."""

    calls: EvidenceCalls
    planned: OutboundCall
    reason: str


class HeldQuestions:
    """Records why a question has no answer. The call stays open: it is made when the stop ends or the instance is back.

    `calls` are those of the instances in the document, `removed` makes them for one that no longer is.
    """

    def __init__(
        self,
        table: Sequence[AnyEvidence],
        calls: Sequence[EvidenceCalls],
        removed: Callable[[AnyEvidence, Instance], EvidenceCalls],
    ) -> None:
        self._table, self._calls, self._removed = table, calls, removed

    async def record(self, event_log: EventLog) -> float | None:
        """One search; returns the seconds until the next, None where no instance is left whose calls can be stopped.

        Nothing is recorded during a recovery of the store, while the state of the calls is unknown.
        """
        if event_log.runner.recovering:
            return EVERY
        for held in await asyncio.to_thread(event_log.store.execute, self._search):
            if held.calls.early(held.planned, event_log.clock.now()):
                continue  # the end of its window is not reached: an answer now would open the gate before it
            try:
                await event_log.writer.submit(held.calls.unanswered(held.planned, held.reason))
            except Conflict:
                continue  # an operator or another process ended the call meanwhile
            except LogError:
                raise
            except Exception as error:  # a mistake about one ticket holds up no other, and repeats itself
                log.error("a held question failed", effect=str(held.planned.id), error=error_location(error))
        return EVERY if self._calls else None

    def _search(self, cursor: DbCursor) -> list[Held]:
        return [*self._stopped(cursor), *self._of_removed(cursor)]

    def _stopped(self, cursor: DbCursor) -> list[Held]:
        found = []
        for calls in self._calls:
            values = {"kind": calls.name, "deadline": timedelta(seconds=calls.deadline)}
            rows = cursor.execute(BEYOND_DEADLINE, values).fetchall()
            found += [Held(calls, OutboundCall(*row), STOPPED_REASON) for row in rows]
        return found

    def _of_removed(self, cursor: DbCursor) -> list[Held]:
        kinds, found = [calls.name for calls in self._calls], []
        for evidence in self._table:
            values = {"above": f"{evidence.kind}/", "name": f"/{evidence.name}", "kinds": kinds}
            for row in cursor.execute(REMOVED, values).fetchall():
                planned = OutboundCall(*row)
                found.append(Held(self._removed(evidence, _former(planned, evidence)), planned, REMOVED_REASON))
        return found


def _former(planned: OutboundCall, evidence: EvidenceRequest) -> Instance:
    """The instance of a planned call, as far as a record of its absence needs it."""
    source = decode(planned.data).source
    return Instance.model_validate({"id": source, "kind": evidence.kind, "vendor": "removed", "credentials": {}})
