"""The SLA's facts. Durations in whole seconds of working time, instants in UTC.

A clock's name is response, next-response, plan, resolution, `ola:<team>` or `uc:<vendor>`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from desk.contract.event import CycleRule, Payload, Spec, Text

C = CycleRule.ALWAYS
PauseCause = Literal["waiting", "hold", "merged"]
ChangeRule = Literal["forward", "retroactive", "reset"]


class Target(msgspec.Struct, frozen=True):
    """The target of one clock: `seconds` of working time; `thresholds` in percent of it."""

    clock: str
    seconds: int
    thresholds: tuple[int, ...] = ()


class PolicySelected(Payload, frozen=True, kw_only=True):
    """The policy of this cycle was selected; `why` names the criteria that chose it; no targets means no SLA."""

    spec = Spec("sla", ("cycle", "revision"), C)
    revision: int
    policy: str
    policy_version: str
    calendar: str
    calendar_version: str
    zone: str
    zone_source: Literal["policy", "client", "caller", "asset"]
    targets: tuple[Target, ...]
    why: tuple[str, ...]
    change_rule: ChangeRule = "forward"
    stops_at: Literal["resolved", "closed"] = "resolved"
    priority_rule: Literal["first", "final", "each"] = "each"


class ClockStarted(Payload, frozen=True, kw_only=True):
    """A clock started at `starts_at`; it is due at `due`, after `seconds` of working time."""

    spec = Spec("sla", ("clock", "cycle"), C)
    clock: str
    starts_at: datetime
    due: datetime
    seconds: int
    rev: int = 1


class ClockPaused(Payload, frozen=True, kw_only=True):
    """A cause paused the clock; `cause_id` is the wait id, or the id of the fact that began the hold or merge."""

    spec = Spec("sla", ("clock", "cause_id"), C)
    clock: str
    cause: PauseCause
    cause_id: str


class ClockResumed(Payload, frozen=True, kw_only=True):
    """A cause no longer pauses the clock; `due` is the new due time, absent while another cause still pauses it."""

    spec = Spec("sla", ("clock", "cause_id"), C)
    clock: str
    cause: PauseCause
    cause_id: str
    due: datetime | None = None


class ClockRetargeted(Payload, frozen=True, kw_only=True):
    """Priority, tier, calendar or late facts changed the target: a new revision; due times are absent while paused."""

    spec = Spec("sla", ("clock", "cycle", "rev"), C)
    clock: str
    rev: int
    seconds: int
    cause: Literal["priority", "tier", "calendar", "client", "kind", "policy", "late-fact"]
    rule: ChangeRule
    old_due: datetime | None = None
    new_due: datetime | None = None
    cause_id: UUID | None = None


class ThresholdReached(Payload, frozen=True, kw_only=True):
    """`percent` of the target passed; `historic` when it was found only afterwards and nobody is notified."""

    spec = Spec("sla", ("clock", "cycle", "percent", "rev"), C)
    clock: str
    percent: int
    rev: int
    historic: bool = False


class ClockMet(Payload, frozen=True, kw_only=True):
    """Verdict: the clock's goal was reached at `at`, after `elapsed` seconds, before it was due."""

    spec = Spec("sla", ("clock", "cycle", "rev"), C)
    clock: str
    at: datetime
    elapsed: int
    due: datetime
    rev: int


class ClockBreached(Payload, frozen=True, kw_only=True):
    """Verdict: the clock was due at `due` and its goal was not reached; `elapsed` seconds had passed at `at`."""

    spec = Spec("sla", ("clock", "cycle", "rev"), C)
    clock: str
    at: datetime
    elapsed: int
    due: datetime
    rev: int


class BreachRetracted(Payload, frozen=True, kw_only=True):
    """A late fact proved that the breach `verdict` was wrong."""

    spec = Spec("sla", ("verdict",), C)
    clock: str
    verdict: UUID
    late_fact: UUID
    reason: str


class ClockReinstated(Payload, frozen=True, kw_only=True):
    """A late fact proved that the goal of the met `verdict` was not reached: the clock runs again."""

    spec = Spec("sla", ("verdict",), C)
    clock: str
    verdict: UUID
    late_fact: UUID
    reason: str


class ClockCancelled(Payload, frozen=True, kw_only=True):
    """The clock ended without a verdict."""

    spec = Spec("sla", ("clock", "cycle"), C)
    clock: str
    reason: Literal["merged", "gone", "cancelled", "no-sla"]


class TargetExtended(Payload, frozen=True, kw_only=True):
    """A coordinator extended the due time before it had passed; audited."""

    spec = Spec("sla", ("command",), C)
    command: str
    clock: str
    new_due: datetime
    by: str
    reason: Text


class BreachExplained(Payload, frozen=True, kw_only=True):
    """The coordinator explained a breach with a reason code, and named the owner of the follow-up."""

    spec = Spec("sla", ("verdict",))
    verdict: UUID
    code: str
    owner: str
    note: Text = ""
    text_hash: str = ""


Change = ClockPaused | ClockResumed | ClockRetargeted | ThresholdReached | ClockCancelled | TargetExtended
"""The facts that change a clock which was started."""

FACTS: tuple[type[Payload], ...] = (
    PolicySelected,
    ClockStarted,
    ClockPaused,
    ClockResumed,
    ClockRetargeted,
    ThresholdReached,
    ClockMet,
    ClockBreached,
    BreachRetracted,
    ClockReinstated,
    ClockCancelled,
    TargetExtended,
    BreachExplained,
)
