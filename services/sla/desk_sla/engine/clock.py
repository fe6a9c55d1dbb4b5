"""The input of a clock, and its position at an instant. Times are UTC seconds."""

from __future__ import annotations

from typing import Literal

import msgspec

from desk.calendars.calendar import Calendar
from desk.calendars.calendar_document import Span

Mode = Literal["start", "forward", "retroactive", "reset", "extension"]
Verdict = Literal["met", "breached", "open", "none"]
State = Literal["not-started", "running", "paused", "off-hours", "stopped", "cancelled"]
Kind = Literal["running", "paused", "carried", "dropped"]

DEFAULT_THRESHOLDS = (50, 75, 90, 100)


class Pause(msgspec.Struct, frozen=True):
    """An interval in which the clock does not run. ``end`` None = still open. ``id`` = the wait or fact behind it."""

    start: int
    end: int | None
    cause: str
    id: str = ""


class Retarget(msgspec.Struct, frozen=True):
    """A change of the goal at ``at``.

    ``retroactive``: the new target (and calendar) as if it had applied from the start. ``reset``: counting begins
    again at the change, with the full target. ``forward``: the used share of the old target stays used, the remainder
    runs in the new one. ``extension``: ``due`` is the due time promised at ``at``; later pauses still move it.
    ``target`` None = no SLA from here on. ``calendar`` None = unchanged.
    """

    at: int
    target: int | None
    mode: Mode
    cause: str = ""
    calendar: Calendar | None = None
    due: int | None = None


class Clock(msgspec.Struct, frozen=True):
    """One clock of one cycle. ``target`` in working seconds, None = explicitly no SLA.

    ``stops``: every instant of the event that ends the clock; the earliest counts. ``cancelled_at``: merged,
    gone, cancelled: no verdict, unless it was breached before. ``judged_by``: ``each`` revision of the target counts
    while it is in force, or only the ``last`` one, over the whole time. ``thresholds``: rising percentages.
    """

    name: str
    starts_at: int
    target: int | None
    pauses: tuple[Pause, ...] = ()
    retargets: tuple[Retarget, ...] = ()
    stops: tuple[int, ...] = ()
    cancelled_at: int | None = None
    judged_by: Literal["each", "last"] = "each"
    thresholds: tuple[int, ...] = DEFAULT_THRESHOLDS


class Revision(msgspec.Struct, frozen=True):
    """A target in force from ``at``. Elapsed under it = ``carried`` + running seconds since ``origin``.

    ``due``: the earliest instant at which elapsed reaches the target; None = never, unless something changes.
    """

    rev: int
    at: int
    target: int | None
    mode: Mode
    cause: str
    origin: int
    carried: int
    calendar: Calendar
    due: int | None = None


class Stretch(msgspec.Struct, frozen=True):
    """Time between two borders. ``working``: calendar seconds in it. ``causes``: (cause, id) of each open pause.

    ``carried`` is time before a forward change, ``dropped`` time before a reset.
    """

    kind: Kind
    start: int
    end: int
    working: int
    causes: tuple[tuple[str, str], ...] = ()


class Threshold(msgspec.Struct, frozen=True):
    """``percent`` of the target of revision ``rev``, reached at ``at``."""

    percent: int
    at: int
    rev: int


class Position(msgspec.Struct, frozen=True):
    """A clock as of ``now``, judged by events up to then.

    ``until``: where counting ended: the stop, the cancellation, or now. ``elapsed``: seconds used of the target of the
    revision in force then; ``paused``: calendar seconds lost to pauses since the start; ``remaining`` negative = over.
    ``due`` None = no target, or paused without an end. ``reached`` fired already, ``ahead`` will if nothing changes.
    ``breached_at`` and ``breached_rev`` only with verdict breached; ``stopped_at`` also when the breach came first.
    """

    now: int
    until: int
    state: State
    verdict: Verdict
    revisions: tuple[Revision, ...]
    stretches: tuple[Stretch, ...]
    elapsed: int
    elapsed_wall: int
    paused: int
    remaining: int | None
    due: int | None
    stopped_at: int | None
    breached_at: int | None
    breached_rev: int | None
    reached: tuple[Threshold, ...]
    ahead: tuple[Threshold, ...]

    @property
    def revision(self) -> Revision:
        """The revision in force at ``until``."""
        return self.revisions[-1]

    @property
    def mask(self) -> tuple[Span, ...]:
        """The union of the pauses, from the stretches."""
        return tuple((part.start, part.end) for part in self.stretches if part.kind == "paused")
