"""The collector of one service: its rows of evidence and its instances become the service's integrations."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial

import httpx
from fastapi import APIRouter

from desk.contract.sealing import KeyRing
from desk.decision.context import Policies
from desk.decision.planning import Effects
from desk.outbox.outbound_call_kind import OutboundCallKind
from desk.policies.book import PolicyBook
from desk.service.definition import ByFact, Integrations
from desk.service.parts import Parts
from desk.settings import Settings
from desk.supervision.loops import TaskLoop
from desk_connectors.http import SystemClock
from desk_integrations.evidence.calls import EvidenceCalls
from desk_integrations.evidence.definition import AnyEvidence
from desk_integrations.evidence.held import HeldQuestions
from desk_integrations.evidence.instance_status import instance_states
from desk_integrations.evidence.lookup import ReplicaIdentityMap, ServiceLookup
from desk_integrations.evidence.planning import planner
from desk_integrations.http.budget_rows import StoredBudgetRows
from desk_integrations.instances.credential_state import StoredCredentialState
from desk_integrations.instances.document import OWNERS, Instance, Instances
from desk_integrations.runtime import IntegrationRuntime
from desk_integrations.sources import Sources

Table = Sequence[AnyEvidence]


class Collector:
    """Plans, asks and records the evidence of one service. Adapters are made when the service has its parts.

    `policies` None are the built-in ones, `transport` None is the network, `env` None the environment of the process.
    ValueError for a row of a kind of vendor
    that the service does not own.
    """

    def __init__(
        self,
        service: str,
        table: Table,
        instances: Instances,
        *,
        policies: Policies | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        if strangers := sorted({one.name for one in table if service not in OWNERS.get(one.kind, ())}):
            raise ValueError(f"{', '.join(strangers)}: {service} does not own the kind of vendor; see OWNERS")
        self.instances = instances.of_service(service)
        self._service, self._table, self._transport, self._env = service, table, transport, env
        self._policies = PolicyBook() if policies is None else policies
        self._parts: Parts | None = None
        self._sources: Sources | None = None
        self._lookup = ServiceLookup(lambda: self.parts)
        self._held: TaskLoop | None = None

    @property
    def parts(self) -> Parts:
        if self._parts is None:
            raise RuntimeError("the service is not composed yet")
        return self._parts

    @property
    def lookup(self) -> ServiceLookup:
        """The reads in the service, once it is composed."""
        return self._lookup

    def port(self, kind: str, instance: str) -> object:
        """The adapter of an instance, once the service is composed."""
        if self._sources is None:
            raise RuntimeError("the service is not composed yet")
        return self._sources.port(kind, instance)

    def integrations(self) -> Integrations:
        """The collector as the composition root takes it."""
        return Integrations(
            kinds=self.kinds(),
            effects=self.effects(),
            routers=self.connect,
            workers=lambda _parts: (self,),
            sources=self.instances,
            close=self.close,
        )

    def effects(self) -> ByFact[Effects]:
        """By trigger, the calls of every evidence that it asks for; none without instances."""
        if not self.instances.instances:
            return {}
        triggers = dict.fromkeys(trigger for evidence in self._table for trigger in evidence.triggers)
        return {
            trigger: tuple(
                planner(one, self.instances, self._policies) for one in self._table if trigger in one.triggers
            )
            for trigger in triggers
        }

    def kinds(self) -> tuple[OutboundCallKind, ...]:
        """One kind of call per evidence and instance of its kind of vendor."""
        return tuple(calls.kind for calls in self._calls())

    def connect(self, parts: Parts) -> Sequence[APIRouter]:
        """Make the adapters. InstancesError names the field that cannot be used; no vendor is called."""
        self._parts = parts
        store = parts.service.log.store
        runtime = IntegrationRuntime(
            service=self._service,
            identity=lambda instance: ReplicaIdentityMap(instance, self._lookup),
            budgets=StoredBudgetRows(store.execute),
            credential_state=StoredCredentialState(store.execute),
            clock=SystemClock(),
            transport=self._transport,
            env=self._env,
        )
        self._sources = Sources(self.instances, runtime)
        if self.instances.instances:
            parts.service.details["integrations"] = lambda: store.execute(
                lambda cursor: instance_states(cursor, self.instances.instances)
            )
        return ()

    async def start(self) -> None:
        """Start to watch for questions that are held back. Connections are made by the first question."""
        held, event_log = HeldQuestions(self._table, self._calls(), self._calls_of), self.parts.service.log
        self._held = event_log.loops.task("held questions", lambda: held.record(event_log))
        self._held.start()

    async def stop(self) -> None:
        """Stop to watch."""
        if self._held is not None:
            await self._held.stop()

    async def close(self) -> None:
        """Close the connections."""
        if self._sources is not None:
            await self._sources.aclose()

    def _calls(self) -> tuple[EvidenceCalls, ...]:
        return tuple(
            self._calls_of(evidence, instance)
            for evidence in self._table
            for instance in self.instances.instances
            if instance.kind == evidence.kind
        )

    def _calls_of(self, evidence: AnyEvidence, instance: Instance) -> EvidenceCalls:
        return EvidenceCalls(
            evidence, instance, partial(self.port, instance.kind, instance.id), self._lookup, self._now
        )

    def _now(self) -> datetime:
        return self.parts.service.log.clock.now()


def collected(
    service: str, table: Table, load: Callable[[Settings], Instances]
) -> Callable[[Settings, KeyRing, PolicyBook], Integrations]:
    """The integrations of a service by its table, with the instances that its settings name."""

    def compose(settings: Settings, _ring: KeyRing, book: PolicyBook) -> Integrations:
        return Collector(service, table, load(settings), policies=book).integrations()

    return compose
