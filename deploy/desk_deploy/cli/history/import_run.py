"""Runs one import: publish the matrix, send rows to intake in order, wait until all services have drained."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import httpx
import msgspec

from desk.http.commands.command_answer import CommandAnswer
from desk_deploy.cli.client import Desk
from desk_deploy.cli.error_messages import Failure
from desk_deploy.cli.history.batches import Batch, batches
from desk_deploy.cli.history.draining import Statuses, statuses, wait_until_drained
from desk_deploy.cli.history.progress import Progress
from desk_intake.imports import BatchRecorded, LogFile, RowRefused

PATIENCE = 60.0
AGAIN = "rows recorded so far are kept; start the desk and run the same command again to add the missing ones"


@dataclass
class ImportResult:
    """Result of an import. Seconds are measured from the first row; `drained_seconds` None: not waited for.

    `before_opening`: lines of recorded rows whose ticket changed or ended before it was opened.
    """

    file: str
    mapping: str
    source: str
    rows: int = 0
    refused: list[RowRefused] = field(default_factory=list)
    duplicates: int = 0
    unmapped: int = 0
    priority_differs: int = 0
    before_opening: list[int] = field(default_factory=list)
    recorded: int = 0
    repeated: int = 0
    facts: int = 0
    tickets: dict[str, int] = field(default_factory=dict)
    parked: dict[str, int] = field(default_factory=dict)
    intake_seconds: float = 0.0
    drained_seconds: float | None = None


class ExportedTicket(msgspec.Struct, frozen=True):
    """The part of an exported ticket that is counted."""

    source: str | None
    status: str


class ImportRun:
    """Imports one file into one desk."""

    def __init__(self, desk: Desk, log: LogFile, progress: Progress) -> None:
        self._desk, self._log, self._progress = desk, log, progress
        self._result = ImportResult(str(log.path), log.mapping.name, log.mapping.source)

    def run(self, *, wait: bool = True) -> ImportResult:
        """Run the import. FileRefused when the file cannot be read, Failure when the desk stops answering."""
        before = _own(statuses(self._desk))
        self._publish_matrix()
        began = time.monotonic()
        self._send_all()
        self._result.intake_seconds = time.monotonic() - began
        now = statuses(self._desk)
        if wait:
            now = wait_until_drained(self._desk, self._progress.draining) or now
            self._result.drained_seconds = time.monotonic() - began
            self._result.tickets = self._by_status()
        self._result.facts = _own(now) - before
        self._result.parked = {name: status.parked for name, status in now.items() if status.parked}
        return self._counted()

    def _publish_matrix(self) -> None:
        mapping = self._log.mapping
        content = mapping.matrix_policy()
        if content is not None:
            self._desk.run("/triage/policies/matrix", CommandAnswer, {"version": mapping.version, "content": content})

    def _send_all(self) -> None:
        with ThreadPoolExecutor(1, thread_name_prefix="import") as sender:
            under_way: Future[None] | None = None
            for batch in batches(self._log.rows(), self._log.mapping, self._result.refused):
                if under_way is not None:
                    under_way.result()
                under_way = sender.submit(self._send, batch)
            if under_way is not None:
                under_way.result()
        self._progress.taken_in(self._log.counts.total, self._log.counts.total)

    def _send(self, batch: Batch) -> None:
        until, pause = time.monotonic() + PATIENCE, 0.2
        while True:
            try:
                answer = self._desk.send("/intake/imports", BatchRecorded, batch.body)
                break
            except httpx.TransportError as error:
                if isinstance(error, httpx.ConnectError) or time.monotonic() > until:
                    raise Failure(f"the desk no longer answers: {AGAIN}") from error
            time.sleep(pause)
            pause = min(pause * 2, 5.0)
        self._result.recorded += answer.recorded
        self._result.repeated += answer.repeated
        self._result.refused += answer.refused
        self._progress.taken_in(self._result.recorded + self._result.repeated, self._log.total_rows_estimate)

    def _by_status(self) -> dict[str, int]:
        found: Counter[str] = Counter()
        with self._desk.lines("/triage/exports/tickets") as lines:
            for line in lines:
                ticket = msgspec.json.decode(line, type=ExportedTicket)
                if ticket.source == self._result.source:
                    found[ticket.status] += 1
        return dict(sorted(found.items()))

    def _counted(self) -> ImportResult:
        counts, result = self._log.counts, self._result
        result.rows, result.duplicates, result.unmapped = counts.total, counts.duplicates, counts.unmapped
        result.priority_differs = counts.priority_differs
        result.before_opening = counts.before_opening
        return result


def _own(found: Statuses) -> int:
    return sum(status.own for status in found.values())
