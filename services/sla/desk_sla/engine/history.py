"""The events of a ticket that clocks depend on. Times are UTC seconds of occurrence, in any order."""

from __future__ import annotations

from typing import Literal

import msgspec

from desk_sla.engine.policies.document import Cause, ChangeOf
from desk_sla.engine.policies.selection import Subject


class Change(msgspec.Struct, frozen=True):
    """A new ``value`` of a property from ``at`` on. ``zones`` when those of client, caller or asset changed too."""

    at: int
    what: ChangeOf
    value: str | None
    zones: dict[str, str] | None = None


class Wait(msgspec.Struct, frozen=True):
    """The ticket waits for somebody. ``end`` None = still. A caller on hold waits on ``security``."""

    start: int
    end: int | None
    on: Cause
    id: str
    vendor: str | None = None


class Message(msgspec.Struct, frozen=True):
    """A message of the client. ``auto``: an auto-reply or a bounce, which needs no answer."""

    at: int
    id: str
    auto: bool = False


class Reply(msgspec.Struct, frozen=True):
    """A message of ours, at the time it reached the client: a call logged later counts at its own time."""

    at: int
    author: Literal["human", "bot", "automatic"] = "human"
    public: bool = True
    to_requester: bool = True
    message: str = ""


class Cycle(msgspec.Struct, frozen=True):
    """One life of the ticket: from opening or reopening to its end. ``closed`` may follow ``resolved``."""

    start: int
    resolved: int | None = None
    closed: int | None = None
    cancelled: int | None = None


class Holder(msgspec.Struct, frozen=True):
    """The team that holds the ticket from ``at`` on; None = nobody."""

    at: int
    team: str | None


class Absence(msgspec.Struct, frozen=True):
    """Merged into another ticket, or gone from the PSA. ``end`` None = for good: its clocks are cancelled."""

    start: int
    end: int | None
    reason: Literal["merged", "gone"]


class Extension(msgspec.Struct, frozen=True):
    """A coordinator moved the due time of a clock to ``due``."""

    at: int
    clock: str
    cycle: int
    due: int


class History(msgspec.Struct, frozen=True):
    """A ticket. ``cycles`` in order, the first starts at opening. ``subject``: its properties at opening.

    ``planned``: when a plan was given. ``absorbed``: opening times of the tickets merged into this one.
    ``split_message_at``: for a ticket split off, the time of the message that it is about.
    """

    subject: Subject
    cycles: tuple[Cycle, ...]
    changes: tuple[Change, ...] = ()
    waits: tuple[Wait, ...] = ()
    messages: tuple[Message, ...] = ()
    replies: tuple[Reply, ...] = ()
    work_started: tuple[int, ...] = ()
    planned: tuple[int, ...] = ()
    holders: tuple[Holder, ...] = ()
    absences: tuple[Absence, ...] = ()
    extensions: tuple[Extension, ...] = ()
    absorbed: tuple[int, ...] = ()
    split_message_at: int | None = None
