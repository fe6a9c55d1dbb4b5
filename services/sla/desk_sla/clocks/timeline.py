"""Times of a ticket's events that clocks need and the published slices do not keep. Times are UTC seconds.

One part per owner, folded from that owner's facts alone, so that every interleaving that keeps each owner's order gives
the same timeline. Unchanged parts are shared with the previous timeline.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from desk.contract.ticket.intake.psa import ServiceLevel
from desk_sla.engine.history import Change, Extension, Holder, Message, Reply, Wait


class Contract(msgspec.Struct, frozen=True):
    """The client's contract as captured. `zone`: the client's time zone, None when the pinned zone data lacks it."""

    tier: str | None = None
    agreement: str | None = None
    calendar: str | None = None
    zone: str | None = None

    @property
    def zones(self) -> dict[str, str]:
        """Zones by source, the shape that rules use."""
        return {} if self.zone is None else {"client": self.zone}


NO_CONTRACT = Contract()


class Opening(msgspec.Struct, frozen=True):
    """The opening of the ticket. `matrix` names the mapping of an import."""

    at: int
    kind: str
    client: str
    matrix: str | None = None


class Away(msgspec.Struct, frozen=True):
    """Merged into another ticket or gone from the PSA since the fact `id`; `end` None = still."""

    start: int
    end: int | None
    reason: Literal["merged", "gone"]
    id: str


class Reading(msgspec.Struct, frozen=True):
    """The PSA's own SLA figures as of `at`. `status`: the record's status changed with this reading."""

    at: int
    level: ServiceLevel
    status: bool = False


class End(msgspec.Struct, frozen=True):
    """The end of a cycle as triage recorded it."""

    at: int
    kind: Literal["resolved", "cancelled"]


class ByIntake(msgspec.Struct, frozen=True):
    """The part of intake's facts. `first` and `contract`: the contract as first and last captured.

    `holds`: waits on security; `changes`: of client, kind, contract and asset class; `readings`: figures of the PSA's
    own SLA; `undelivered`: messages of replies that did not reach the client.
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
    """The part of triage's facts. `reopened`: start of each further cycle; `ends`: by cycle; `planned`: when a fix was
    started or a date was agreed.
    """

    priorities: tuple[Change, ...] = ()
    waits: dict[str, Wait] = {}
    holders: tuple[Holder, ...] = ()
    work_started: tuple[int, ...] = ()
    planned: tuple[int, ...] = ()
    undone: frozenset[str] = frozenset()
    reopened: tuple[int, ...] = ()
    ends: dict[int, End] = {}


class ByDocs(msgspec.Struct, frozen=True):
    """The part of docs' facts. `closed`: time of closure by cycle."""

    closed: dict[int, int] = {}


class BySla(msgspec.Struct, frozen=True):
    """The part of sla's facts. `since`: when the ticket's first policy was recorded; later documents never judge it."""

    since: datetime | None = None
    extensions: tuple[Extension, ...] = ()


class Timeline(msgspec.Struct, frozen=True):
    """The parts by owner. `latest`: the newest time of all facts, as of which a late fact is judged."""

    intake: ByIntake = ByIntake()
    triage: ByTriage = ByTriage()
    docs: ByDocs = ByDocs()
    sla: BySla = BySla()
    latest: int = 0


INITIAL = Timeline()
