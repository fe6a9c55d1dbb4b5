"""When what happened to a ticket: what clocks ask and the published slices do not keep. Times are UTC seconds.

One part per owner, fed by that owner's facts alone, so that any interleaving that keeps each owner's order gives the
same timeline. What is not changed is shared with the timeline before.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from desk.contract.ticket.intake.psa import ServiceLevel
from desk_sla.engine.history import Change, Extension, Holder, Message, Reply, Wait


class Contract(msgspec.Struct, frozen=True):
    """What was captured of the client's contract. `zone`: the client's, where the pinned zone data knows it."""

    tier: str | None = None
    agreement: str | None = None
    calendar: str | None = None
    zone: str | None = None

    @property
    def zones(self) -> dict[str, str]:
        """By source, as rules ask for them."""
        return {} if self.zone is None else {"client": self.zone}


NO_CONTRACT = Contract()


class Opening(msgspec.Struct, frozen=True):
    """How the ticket began. `matrix` names the mapping of an import."""

    at: int
    kind: str
    client: str
    matrix: str | None = None


class Away(msgspec.Struct, frozen=True):
    """Merged into another ticket or gone from the PSA, since the fact `id`; `end` None = still."""

    start: int
    end: int | None
    reason: Literal["merged", "gone"]
    id: str


class Reading(msgspec.Struct, frozen=True):
    """What the PSA's own SLA showed at `at`; `status`: the record's status was another since then."""

    at: int
    level: ServiceLevel
    status: bool = False


class End(msgspec.Struct, frozen=True):
    """How triage ended a cycle, and when."""

    at: int
    kind: Literal["resolved", "cancelled"]


class ByIntake(msgspec.Struct, frozen=True):
    """`first` and `contract`: the contract as captured first, and last; `holds` are waits on security.

    `changes` of client, kind, contract and asset class; `readings` of the PSA's own SLA, which judge nothing.
    `undelivered`: messages of replies that did not reach the client.
    """

    opening: Opening | None = None
    first: Contract | None = None
    contract: Contract = NO_CONTRACT
    changes: tuple[Change, ...] = ()
    holds: tuple[Wait, ...] = ()
    messages: tuple[Message, ...] = ()
    replies: tuple[Reply, ...] = ()
    undelivered: frozenset[str] = frozenset()
    aways: tuple[Away, ...] = ()
    readings: tuple[Reading, ...] = ()


class ByTriage(msgspec.Struct, frozen=True):
    """`reopened`: when each further cycle began; `ends` by cycle. A plan is a fix begun or a date agreed."""

    priorities: tuple[Change, ...] = ()
    waits: dict[str, Wait] = {}
    holders: tuple[Holder, ...] = ()
    work_started: tuple[int, ...] = ()
    planned: tuple[int, ...] = ()
    undone: frozenset[str] = frozenset()
    reopened: tuple[int, ...] = ()
    ends: dict[int, End] = {}


class ByDocs(msgspec.Struct, frozen=True):
    """When each cycle was closed."""

    closed: dict[int, int] = {}


class BySla(msgspec.Struct, frozen=True):
    """`since`: when the ticket's first policy was recorded; documents published later never judge it."""

    since: datetime | None = None
    extensions: tuple[Extension, ...] = ()


class Timeline(msgspec.Struct, frozen=True):
    """`latest`: the newest time of all facts, so that a fact heard late is never judged as of its own time."""

    intake: ByIntake = ByIntake()
    triage: ByTriage = ByTriage()
    docs: ByDocs = ByDocs()
    sla: BySla = BySla()
    latest: int = 0


INITIAL = Timeline()
