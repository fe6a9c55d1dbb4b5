"""The parts of a service, its runtime context, and its status."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from desk.bus.port import Bus
from desk.clock import Clock
from desk.decision.context import Policies
from desk.decision.event_model import EventModel
from desk.eventstore.handler_registry import Tables
from desk.eventstore.unit_of_work.commit_notifier import CommitNotifier
from desk.inbox.inbox_result import BlockedAggregate
from desk.inbox.ports import PeerFacts
from desk.outbox.outbound_call_kind import OutboundCallKind
from desk.signing.signatures import Signatures
from desk.telemetry.tracing import Tracing


class ServiceSpec(NamedTuple):
    """The specification of a service: `tables` has its handlers, `kinds` its kinds of outbound calls."""

    owner: str
    tables: Tables
    policies: Policies
    kinds: Sequence[OutboundCallKind] = ()


class RuntimeContext(NamedTuple):
    """The runtime context of a service.

    All services of a process share `notifier`; `bus` is the service's own. `alert` is called for every record parked
    for a cause of its own, such as divergence. `log_settings` are arguments of `desk.eventstore.event_log.EventLog`.
    Without `tracing` a service records no spans. `signatures` sign own facts and judge those of the peers; without them
    facts are neither signed nor judged.
    """

    url: str
    bus: Bus
    language: EventModel
    notifier: CommitNotifier
    peers: PeerFacts | None = None
    clock: Clock | None = None
    alert: Callable[[BlockedAggregate], None] = lambda _stopped: None
    dry_run: bool = False
    tracing: Tracing | None = None
    log_settings: Mapping[str, Any] = {}
    signatures: Signatures | None = None


class WriteBackState(NamedTuple):
    """The level of write-back to one PSA instance, as a word and a sentence. `exceptions`: other levels by board or
    client."""

    instance: str
    level: str
    says: str
    version: str
    exceptions: Mapping[str, str]


class Status(NamedTuple):
    """The status of a service. `lag` counts facts not yet applied or published, by source; parked facts are not part of
    it.

    `unread` counts receipts of callbacks that were not processed yet, `dropped` the records that topics dropped before
    they were read here and that were not fetched from their owners yet.
    """

    owner: str
    own: int
    replicated: int
    lag: Mapping[str, int]
    parked: int
    effects: Mapping[tuple[str, str], int]
    last: int
    unread: int = 0
    dropped: int = 0

    @property
    def drained(self) -> bool:
        """Whether no fact is in transit. Twice in a row with the same `last` in all services means that all have
        everything. Outbound calls may be open.
        """
        return not any(self.lag.values()) and not self.unread

    @property
    def open_calls(self) -> int:
        """Outbound calls that have not ended, including those that wait, are stopped or in doubt."""
        return sum(number for (_, state), number in self.effects.items() if state in ("planned", "sent", "unknown"))

    @property
    def quiescent(self) -> bool:
        """Whether the service is drained and no call is open: vendors have everything that the desk decided."""
        return self.drained and not self.open_calls
