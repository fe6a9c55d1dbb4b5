"""Draws clocks as an SVG picture: one time line each, with a scale of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from desk.calendars.times import duration
from desk_sla.engine.clock import Position, Stretch
from desk_sla.engine.judge import Judged
from desk_sla.engine.svg.axis import DAY, MINUTE, Scale, moment
from desk_sla.engine.svg.elements import INK, LETTER, PALE, document, line, rect, text
from desk_sla.engine.svg.markers import Marker, draw_markers, markers

WIDTH, _LEFT, _RIGHT, _TALL = 1000, 20, 980, 26
COLOURS = {"running": "#2f7d4f", "carried": "#8fb7a0", "dropped": "#c4c4c4", "paused": "#e2a52c"}
OFF, AHEAD, OVER = "#efefef", "#cfe6d8", "#b3261e"
VERDICTS = {"met": "#2f7d4f", "breached": OVER, "open": "#31639c", "none": PALE}
_PAUSES = 8
_LEGEND = (
    ("running", COLOURS["running"]),
    ("paused", COLOURS["paused"]),
    ("used before a change", COLOURS["carried"]),
    ("working time to the due time", AHEAD),
    ("no working time", OFF),
    ("over", OVER),
)


def picture(title: str, clocks: Sequence[Judged]) -> str:
    """Draw the time lines one below the other, with times in each calendar's zone."""
    parts, y = [text(_LEFT, 24, title, bold=True), *_legend(44)], 62.0
    for one in clocks:
        drawn, y = _band(one, y)
        parts += drawn
    if not clocks:
        parts.append(text(_LEFT, y + 14, "no clock ran then", fill=PALE))
        y += 30
    return document(WIDTH, int(y) + 10, title, parts)


def _legend(y: float) -> Iterator[str]:
    x = float(_LEFT)
    for said, colour in _LEGEND:
        yield rect(x, y - 10, 14, 11, colour, frame="#ccc")
        yield text(x + 19, y, said, fill=PALE)
        x += 36 + len(said) * LETTER


def _band(one: Judged, y: float) -> tuple[list[str], float]:
    stands = one.position
    scale = _scale(stands, one.clock.starts_at)
    marks = markers(one, scale)
    above, below = (sum(1 for _ in _rows(marks, up)) for up in (True, False))
    bar = y + 44 + above * 14
    parts = [*_head(one, y), *_bar(stands, scale, bar)]
    parts += [part for up in (True, False) for part in draw_markers(marks, up, bar, _TALL)]
    foot = bar + _TALL + below * 15 + 14
    parts += _axis(scale, bar + _TALL, foot)
    pauses = list(_caption(stands, scale.zone))
    parts += [text(_LEFT, foot + 18 + 15 * number, said) for number, said in enumerate(pauses)]
    return parts, foot + 18 + 15 * len(pauses) + 14


def _rows(marks: Sequence[Marker], up: bool) -> set[int]:
    return {marker.row for marker in marks if marker.up is up}


def _scale(stands: Position, start: int) -> Scale:
    ends = [
        stands.until,
        stands.due or 0,
        stands.stopped_at or 0,
        *(one.at for one in (*stands.reached, *stands.ahead)),
    ]
    last = max(max(ends), start + MINUTE)
    margin = (last - start) // 40 + 1
    return Scale(start - margin, last + margin, _LEFT, _RIGHT, stands.revision.calendar.zone)


def _head(one: Judged, y: float) -> Iterator[str]:
    stands, calendar = one.position, one.position.revision.calendar
    chosen = one.aims[-1].chosen
    policy = f"policy {chosen.policy.id} v{chosen.policy.version}, " if chosen is not None else ""
    target = stands.revision.target
    used = "no SLA" if target is None else f"{duration(stands.elapsed)} of {duration(target)} used"
    paused = f", {duration(stands.paused)} paused" if stands.paused else ""
    verdict = f"{stands.verdict}, {stands.state}" if stands.verdict == "open" else stands.verdict
    yield rect(_LEFT, y - 10, _RIGHT - _LEFT, 1, "#ddd")
    yield text(_LEFT, y + 14, f"{one.name}, cycle {one.cycle}: {used}{paused}", bold=True)
    yield text(_LEFT, y + 30, f"{policy}calendar {calendar.id} v{calendar.version}, {calendar.zone}", fill=PALE)
    wide = len(verdict) * 7.4 + 20
    yield rect(_RIGHT - wide, y, wide, 20, VERDICTS[stands.verdict])
    yield text(_RIGHT - wide / 2, y + 14, verdict, bold=True, fill="#fff", anchor="middle")


def _bar(stands: Position, scale: Scale, y: float) -> Iterator[str]:
    yield rect(scale.left, y, scale.right - scale.left, _TALL, OFF)
    until = stands.due if stands.due is not None else stands.until
    yield from _windows(stands, scale, stands.until, max(until, stands.until), AHEAD, y, "working time to the due time")
    for part in stands.stretches:
        said = _stretch(part, scale.zone)
        if part.kind == "paused":
            yield rect(scale.x(part.start), y, scale.x(part.end) - scale.x(part.start), _TALL, "#f6dfae", hint=said)
        yield from _windows(stands, scale, part.start, part.end, COLOURS[part.kind], y, said)
        yield from _label(part, scale, y)
    if stands.breached_at is not None:
        end = stands.until if stands.stopped_at is None else stands.stopped_at
        width = scale.x(end) - scale.x(stands.breached_at)
        yield rect(scale.x(stands.breached_at), y + _TALL - 4, width, 4, OVER, hint="over")


def _label(part: Stretch, scale: Scale, y: float) -> Iterator[str]:
    """The causes of a pause, where there is room; the caption below names them in any case."""
    said = ", ".join(dict.fromkeys(cause for cause, _ in part.causes))
    left, right = scale.x(part.start), scale.x(part.end)
    if said and len(said) * LETTER + 6 < right - left:
        yield text((left + right) / 2, y + 17, said, fill=INK, anchor="middle")


def _windows(stands: Position, scale: Scale, start: int, end: int, colour: str, y: float, hint: str) -> Iterator[str]:
    """Working time in a span. Windows less than a pixel apart are drawn as one."""
    if end <= start:
        return
    if end - start > 3 * 366 * DAY:
        yield rect(scale.x(start), y, scale.x(end) - scale.x(start), _TALL, colour, hint=hint)
        return
    left = right = -1.0
    for begin, close in stands.revision.calendar.windows_s(start, end):
        if left >= 0 and scale.x(begin) - right < 1:
            right = scale.x(close)
            continue
        if left >= 0:
            yield rect(left, y, right - left, _TALL, colour, hint=hint)
        left, right = scale.x(begin), scale.x(close)
    if left >= 0:
        yield rect(left, y, right - left, _TALL, colour, hint=hint)


def _axis(scale: Scale, bar: float, y: float) -> Iterator[str]:
    for at, said in scale.marks():
        half = len(said) * LETTER / 2
        yield line(scale.x(at), bar, bar + 4, PALE, width=1)
        yield text(min(max(scale.x(at), _LEFT + half), _RIGHT - half), y, said, fill=PALE, anchor="middle")


def _caption(stands: Position, zone: str) -> Iterator[str]:
    paused = [part for part in stands.stretches if part.kind == "paused"]
    yield from (_stretch(part, zone) for part in paused[:_PAUSES])
    if len(paused) > _PAUSES:
        yield f"and {len(paused) - _PAUSES} more pauses: see the explanation in words"
    for rev in stands.revisions[1:]:
        target = "no SLA" if rev.target is None else duration(rev.target)
        why = "extended" if rev.mode == "extension" else f"{rev.cause} changed, {rev.mode}"
        yield f"target {target} from {moment(rev.at, zone)}: {why}"


def _stretch(part: Stretch, zone: str) -> str:
    causes = ", ".join(" ".join(filter(None, cause)) for cause in part.causes)
    span = f"{moment(part.start, zone)} to {moment(part.end, zone)}: {duration(part.working)} of working time"
    return f"{part.kind}{f' ({causes})' if causes else ''} {span}"
