"""Markers of a time line: start, thresholds, due, stop, breach, now. Labels do not overlap."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from desk_sla.engine.judge import Judged
from desk_sla.engine.svg.axis import Scale, moment, rows
from desk_sla.engine.svg.elements import LETTER, PALE, line, text

DUE, STOP, BREACH, NOW, THRESHOLD = "#7b1fa2", "#1b5e20", "#b3261e", "#31639c", "#555"


class Marker(NamedTuple):
    """A mark at pixel `x`, labelled above (`up`) or below the bar, in `row` of its side. `dashed`: still ahead."""

    x: float
    left: float
    said: str
    colour: str
    up: bool
    dashed: bool = False
    row: int = 0


def markers(one: Judged, scale: Scale) -> list[Marker]:
    """All markers of a clock, each with its row."""
    found = [*_thresholds(one, scale), *_instants(one, scale)]
    return [marker for up in (True, False) for marker in _placed([marker for marker in found if marker.up is up])]


def draw_markers(marks: Sequence[Marker], up: bool, bar: float, tall: float) -> Iterator[str]:
    """Draw the markers of one side: a line through the bar with its label at the end."""
    for marker in marks:
        if marker.up is not up:
            continue
        y = bar - 6 - 14 * marker.row if up else bar + tall + 13 + 15 * marker.row
        top, bottom = (y + 2, bar + tall) if up else (bar, y - 9)
        yield line(marker.x, top, bottom, marker.colour, dashed=marker.dashed, width=1 if up else 1.5)
        yield text(marker.left, y, marker.said, fill=marker.colour)


def _thresholds(one: Judged, scale: Scale) -> Iterator[Marker]:
    stands = one.position
    for percent, ats, ahead in ((t.percent, t.at, t in stands.ahead) for t in (*stands.reached, *stands.ahead)):
        colour = PALE if ahead else THRESHOLD
        yield _pin(scale, ats, f"{percent} %", colour, up=True, dashed=ahead)


def _instants(one: Judged, scale: Scale) -> Iterator[Marker]:
    stands, zone = one.position, scale.zone
    yield _pin(scale, one.clock.starts_at, f"started {moment(one.clock.starts_at, zone)}", PALE)
    if stands.due is not None:
        ahead = stands.stopped_at is None and stands.due > stands.now
        yield _pin(scale, stands.due, f"due {moment(stands.due, zone)}", DUE, dashed=ahead)
    if stands.breached_at is not None and stands.breached_at != stands.due:
        yield _pin(scale, stands.breached_at, f"breached {moment(stands.breached_at, zone)}", BREACH)
    if stands.stopped_at is not None:
        yield _pin(scale, stands.stopped_at, f"stopped {moment(stands.stopped_at, zone)}", STOP)
    elif stands.state == "cancelled":
        yield _pin(scale, stands.until, f"cancelled {moment(stands.until, zone)}", PALE)
    else:
        yield _pin(scale, stands.now, f"as of {moment(stands.now, zone)}", NOW)


def _pin(scale: Scale, at: int, said: str, colour: str, *, up: bool = False, dashed: bool = False) -> Marker:
    x, wide = scale.x(at), len(said) * LETTER
    return Marker(x, max(scale.left, min(x - wide / 2, scale.right - wide)), said, colour, up, dashed)


def _placed(side: list[Marker]) -> list[Marker]:
    order = sorted(side, key=lambda marker: marker.left)
    taken = rows([(marker.left, marker.left + len(marker.said) * LETTER) for marker in order])
    return [marker._replace(row=row) for marker, row in zip(order, taken, strict=True)]
