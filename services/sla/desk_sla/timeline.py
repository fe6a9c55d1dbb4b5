"""When what happened to a ticket: what clocks ask and the published slices do not keep. Times are UTC seconds.

One part per owner, fed by that owner's facts alone, so that any interleaving that keeps each owner's order gives the
same timeline. What is not changed is shared with the timeline before.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from desk_sla.engine.history import Change, Extension, Holder, Message, Reply, Wait


class Opening(msgspec.Struct, frozen=True):
    """How the ticket began. `tier` and `agreement` as first captured, `matrix` names the mapping of an import."""

    at: int
    kind: str
    client: str
    matrix: str | None = None
    tier: str | None = None
    agreement: str | None = None


class Away(msgspec.Struct, frozen=True):
    """Merged into another ticket or gone from the PSA, since the fact `id`; `end` None = still."""

    start: int
    end: int | None
    reason: Literal["merged", "gone"]
    id: str


class End(msgspec.Struct, frozen=True):
    """How triage ended a cycle, and when."""

    at: int
    kind: Literal["resolved", "cancelled"]


class ByIntake(msgspec.Struct, frozen=True):
    """`captured`: the first tier was; `holds` are waits on security; `changes` of client, kind, tier, asset class."""

    opening: Opening | None = None
    captured: bool = False
    tier: str | None = None
    agreement: str | None = None
    changes: tuple[Change, ...] = ()
    holds: tuple[Wait, ...] = ()
    messages: tuple[Message, ...] = ()
    replies: tuple[Reply, ...] = ()
    aways: tuple[Away, ...] = ()


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
