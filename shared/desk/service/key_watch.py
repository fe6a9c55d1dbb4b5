"""Audits the key ring before a service decides anything, and every few seconds; records erasures and losses."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from desk.contract.event import Payload
from desk.contract.streams.operations import KeyErased, KeyLossAccepted
from desk.contract.streams.people import PersonErased
from desk.keyring.audit import KeyAudit, KeyReport
from desk.keyring.postgres import PostgresKeyRing
from desk.keyring.text_keys import TextKey
from desk.service.service import Service
from desk.supervision.loops import TaskLoop

EVERY = 5.0
TOGETHER = 200


class KeyWatch:
    """A worker of one service. The service that owns the erasure of persons records erasures as facts."""

    def __init__(self, service: Service, ring: PostgresKeyRing) -> None:
        self._service = service
        self.audit = KeyAudit(service.log, ring)
        self._loop: TaskLoop | None = None
        self._ring = ring
        ring.audits.append(self._before_new_keys)

    async def begin(self) -> None:
        """Audit once before the service consumes or decides, so that subjects of missing keys are barred by then."""
        await self.turn()

    async def start(self) -> None:
        """Audit again, including facts that a restored store has recovered, then periodically."""
        await self.turn()
        self._loop = self._service.log.loops.task("key audit", self._again)
        self._loop.start()

    async def stop(self) -> None:
        """Stop at once, and unregister from the ring, which other services may still use."""
        with suppress(ValueError):
            self._ring.audits.remove(self._before_new_keys)
        if self._loop is not None:
            await self._loop.cancel()

    async def turn(self) -> KeyReport:
        """Audit once and update the metrics."""
        report = await asyncio.to_thread(self.audit.turn)
        self._measure(report)
        return report

    async def abandon(self, keys: Sequence[TextKey], by: str) -> None:
        """Record that the loss of these keys is accepted: their subjects get new ones."""
        await self._record([KeyLossAccepted(key=key.key, by=by, subject=key.subject) for key in keys])
        await self.turn()

    async def ready(self) -> str | None:
        """The note of `/health/ready`; None when no key is missing."""
        return self.audit.report.complaint()

    async def _again(self) -> float:
        await self.turn()
        await self._record_erasures()
        return EVERY

    async def _record_erasures(self) -> None:
        if self._service.owner == PersonErased.spec.owner:
            keys = await asyncio.to_thread(self.audit.unrecorded)
            await self._record([KeyErased(key=key.key, subject=key.subject) for key in keys])

    async def _record(self, facts: Sequence[Payload]) -> None:
        for start in range(0, len(facts), TOGETHER):
            await self._service.record_operations_event(*facts[start : start + TOGETHER])

    def _before_new_keys(self) -> None:
        self._measure(self.audit.turn())

    def _measure(self, report: KeyReport) -> None:
        metrics = self._service.metrics
        metrics.keys_missing.set(report.missing)
        metrics.facts_without_key.set(report.facts)
        metrics.keys_erased_again.set(report.erased_again)
