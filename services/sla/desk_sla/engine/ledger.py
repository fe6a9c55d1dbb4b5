"""Corrects recorded verdicts that the facts no longer support. A breach is never removed, only retracted by a fact."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from .clock import Position

Step = Literal["clock-met", "clock-breached", "breach-retracted", "clock-reinstated"]


class Recorded(msgspec.Struct, frozen=True):
    """A verdict in the ticket's stream that was not retracted."""

    id: str
    kind: Literal["met", "breached"]


class Entry(msgspec.Struct, frozen=True):
    """A fact to record. ``verdict``: id of the verdict that it corrects. ``at``: its event time, in UTC seconds."""

    step: Step
    at: int
    verdict: str | None = None


def entries(recorded: Sequence[Recorded], position: Position) -> tuple[Entry, ...]:
    """Facts that bring the record in line with the position: corrections, then the verdict."""
    found: list[Entry] = []
    for one in recorded:
        if one.kind == "breached" and position.verdict != "breached":
            found.append(Entry("breach-retracted", position.now, one.id))
        elif one.kind == "met" and position.verdict != "met":
            found.append(Entry("clock-reinstated", position.now, one.id))
    held = {one.kind for one in recorded}
    if position.verdict == "met" and "met" not in held and position.stopped_at is not None:
        found.append(Entry("clock-met", position.stopped_at))
    if position.verdict == "breached" and "breached" not in held and position.breached_at is not None:
        found.append(Entry("clock-breached", position.breached_at))
    return tuple(found)


def withdrawn(recorded: Sequence[Recorded], now: int) -> tuple[Entry, ...]:
    """Corrections for a clock that was never owed by later evidence, e.g. its message was not the oldest one."""
    step: dict[str, Step] = {"breached": "breach-retracted", "met": "clock-reinstated"}
    return tuple(Entry(step[one.kind], now, one.id) for one in recorded)
