"""What a service is made of, what it runs in, and how it stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from desk.bus.port import Bus
from desk.clock import Clock
from desk.decision.context import Policies
from desk.decision.event_model import EventModel
from desk.eventstore.tables import Tables
from desk.eventstore.unit_of_work.commit_notifier import CommitNotifier
from desk.inbox.inbox_result import BlockedAggregate
from desk.inbox.sources import PeerFacts
from desk.outbox.outbound_call import OutboundCallKind
from desk.telemetry.tracing import Tracing


class ServiceSpec(NamedTuple):
    """What makes a service the one it is: `tables` say what it does by itself, `kinds` how its calls are made."""

    owner: str
    tables: Tables
    policies: Policies
    kinds: Sequence[OutboundCallKind] = ()


class RuntimeContext(NamedTuple):
    """What a service runs in. `waker` is one for all services of the process, `bus` one of its own.

    `alert` is told of divergence, broken chains and everything else that was parked for a cause of its own.
    `log_settings` are those of `desk.eventstore.event_log.Log`. Without `tracing` a service records no spans.
    """

    url: str
    bus: Bus
    language: EventModel
    waker: CommitNotifier
    peers: PeerFacts | None = None
    clock: Clock | None = None
    alert: Callable[[BlockedAggregate], None] = lambda _stopped: None
    dry_run: bool = False
    tracing: Tracing | None = None
    log_settings: Mapping[str, Any] = {}


class WriteBackState(NamedTuple):
    """How much is written to one PSA instance now, in a word and in a sentence. `exceptions`: boards and clients that
    have another level.
    """

    instance: str
    level: str
    says: str
    version: str
    exceptions: Mapping[str, str]


class Status(NamedTuple):
    """How a service stands. `lag` is what is not yet applied or published, by source; parked facts are only counted.

    `unread` counts what came in from outside and was not read yet (receipts of the PSA's callbacks), `dropped` the
    records that topics dropped before they were read here, until their owners were asked for them.
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
        """No fact under way. Two of these in a row with the same `last` everywhere mean that all services have it all;
        calls to the outside may be open.
        """
        return not any(self.lag.values()) and not self.unread

    @property
    def open_calls(self) -> int:
        """Calls to the outside that have not ended, also those that wait, are stopped or in doubt."""
        return sum(number for (_, state), number in self.effects.items() if state in ("planned", "sent", "unknown"))

    @property
    def quiescent(self) -> bool:
        """Nothing under way, and no call open: what the desk knows, the outside knows."""
        return self.drained and not self.open_calls
