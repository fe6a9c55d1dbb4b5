"""Responses of sla's own routes, as the API writes them and the command line reads them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from desk.eventstore.connections.unreadable_rows import UnreadableRow


class Breach(msgspec.Struct, frozen=True):
    """A breach that was not retracted. `owner`: the person named to explain it, else the technician, else the queue."""

    verdict: UUID
    ticket_id: str
    source_record: str | None
    client: str
    priority: str | None
    queue: str | None
    technician: str | None
    clock: str
    cycle: int
    breached_at: datetime
    due: datetime
    elapsed: int
    code: str | None
    owner: str | None
    explained_at: datetime | None


class AgedBreach(Breach, frozen=True, kw_only=True):
    """A breach with its `age` in seconds."""

    age: int
    explained: bool


class DueClock(msgspec.Struct, frozen=True):
    """A clock that runs or is paused. `due` None: paused."""

    ticket_id: str
    source_record: str | None
    client: str
    priority: str | None
    queue: str | None
    technician: str | None
    clock: str
    cycle: int
    state: str
    starts_at: datetime
    due: datetime | None


class DueClockLeft(DueClock, frozen=True, kw_only=True):
    """A clock with the time `left` in seconds, negative after its due time; None while it is paused."""

    left: int | None


class Attained(msgspec.Struct, frozen=True):
    """Clocks of one group. `attainment`: met of met and breached, in percent, rounded down: 99.999 is not 100."""

    met: int
    breached: int
    open: int
    attainment: float | None


class AttainedByGroup(msgspec.Struct, frozen=True):
    """Attainment of one client, priority and clock, as recorded and under the other policy."""

    client: str
    priority: str | None
    clock: str
    recorded: Attained
    what_if: Attained


class DifferingClock(msgspec.Struct, frozen=True):
    """A clock with another verdict under the other policy, and the reason as text."""

    ticket_id: str
    source_record: str | None
    clock: str
    cycle: int
    recorded: str
    what_if: str
    why: str


class WhatIfAnswer(msgspec.Struct, frozen=True):
    """`differ` counts all differing clocks; `differing` lists the first of them.

    `unreadable` names tickets that cannot be judged and are left out; it is absent when there are none.
    """

    policy: str
    tickets: int
    groups: list[AttainedByGroup]
    differ: int
    differing: list[DifferingClock]
    unreadable: list[UnreadableRow] | msgspec.UnsetType = msgspec.UNSET
