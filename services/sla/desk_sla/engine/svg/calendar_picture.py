"""Renders a year of a calendar as text and as an SVG picture."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from desk.calendars.calendar import Calendar
from desk.calendars.calendar_document import DAY_SECONDS
from desk.calendars.days import LocalDay, days_of
from desk.calendars.times import duration
from desk_sla.engine.svg.elements import words

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
LEGEND = "# as usual   - other hours   h holiday or own day, closed   ~ own day, open   . closed   x no such day"
_CELL, _ROW, _LEFT, _TOP = 22, 54, 46, 52
_COLOURS = {"#": "#2f7d4f", "-": "#c98a1b", "~": "#c98a1b"}
_STYLE = "font: 12px sans-serif; fill: #333"


def year_text(calendar: Calendar, year: int) -> str:
    """One line per month with a sign per day and the month's working time, then every special day."""
    days = days_of(calendar, year)
    usual = _usual(days)
    lines = [_title(calendar, year), "     " + "".join(f"{day % 10}" for day in range(1, 32))]
    for number, month in enumerate(MONTHS, start=1):
        mine = [day for day in days if day.day.month == number]
        signs = "".join(_sign(day, usual) for day in mine)
        lines.append(f"{month}  {signs:<31}  {duration(sum(day.seconds for day in mine))}")
    lines += [f"year {duration(sum(day.seconds for day in days))} of working time", LEGEND]
    lines += [f"{day.day.isoformat()} {_remark(day, usual)}" for day in days if _remark(day, usual)]
    return "\n".join(lines) + "\n"


def year_svg(calendar: Calendar, year: int) -> str:
    """One row per month, one column per day; each cell runs from midnight (top) to midnight."""
    days = days_of(calendar, year)
    usual = _usual(days)
    width, height = _LEFT + 31 * _CELL + 12, _TOP + 12 * _ROW + 34
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">',
        f"<title>{words(_title(calendar, year))}</title>",
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
        f'<text x="{_LEFT}" y="20" style="{_STYLE}; font-weight: bold">{words(_title(calendar, year))}</text>',
    ]
    parts += [_text(_LEFT + (day - 1) * _CELL + 4, _TOP - 8, str(day)) for day in range(1, 32)]
    parts += [_text(8, _TOP + row * _ROW + 28, month) for row, month in enumerate(MONTHS)]
    parts += [_cell(day, usual) for day in days]
    parts.append(_text(_LEFT, height - 12, "green: usual hours, amber: other hours, red frame: holiday or own day"))
    return "\n".join([*parts, "</svg>"]) + "\n"


def _title(calendar: Calendar, year: int) -> str:
    return f"{calendar.id} v{calendar.version} in {year}, zone {calendar.zone} (from {calendar.zone_source})"


def _usual(days: Sequence[LocalDay]) -> dict[int, int]:
    """The most common working seconds of each weekday, without special days."""
    seen: dict[int, Counter[int]] = {}
    for day in days:
        if day.name is None and not day.skipped:
            seen.setdefault(day.day.weekday(), Counter())[day.seconds] += 1
    return {weekday: counted.most_common(1)[0][0] for weekday, counted in seen.items()}


def _sign(day: LocalDay, usual: dict[int, int]) -> str:
    if day.skipped:
        return "x"
    if day.name is not None:
        return "~" if day.seconds else "h"
    if not day.seconds:
        return "."
    return "#" if day.seconds == usual.get(day.day.weekday()) else "-"


def _remark(day: LocalDay, usual: dict[int, int]) -> str:
    if day.skipped:
        return "the zone has no such day"
    said = [f"{day.name}: {_hours(day)}"] if day.name is not None else []
    if day.shifted:
        longer = f"{duration(abs(day.shifted))} {'longer' if day.shifted > 0 else 'shorter'}"
        said.append(f"change of time, the day is {longer}, {duration(day.seconds)} of working time")
    elif day.name is None and day.seconds != usual.get(day.day.weekday()):
        said.append(f"other hours than usual: {_hours(day)}")
    return "; ".join(said)


def _hours(day: LocalDay) -> str:
    return ", ".join(f"{_clock(start)}-{_clock(end)}" for start, end in day.worked) or "closed"


def _clock(second: int) -> str:
    text = f"{second // 3600:02}:{second // 60 % 60:02}"
    return text if second % 60 == 0 else f"{text}:{second % 60:02}"


def _cell(day: LocalDay, usual: dict[int, int]) -> str:
    left, top, tall = _LEFT + (day.day.day - 1) * _CELL, _TOP + (day.day.month - 1) * _ROW, _ROW - 6
    sign = _sign(day, usual)
    frame = ' stroke="#b3261e"' if day.name is not None else ""
    hint = f"{day.day.isoformat()} {_remark(day, usual) or _hours(day)}"
    parts = [f"<g><title>{words(hint)}</title>"]
    fill = "#bbb" if day.skipped else "#eee"
    parts.append(f'<rect x="{left}" y="{top}" width="{_CELL - 4}" height="{tall}" fill="{fill}"{frame}/>')
    for start, end in day.worked:
        y, high = top + tall * start / DAY_SECONDS, tall * (end - start) / DAY_SECONDS
        colour = _COLOURS.get(sign, "#888")
        parts.append(f'<rect x="{left + 2}" y="{y:.2f}" width="{_CELL - 8}" height="{high:.2f}" fill="{colour}"/>')
    return "".join([*parts, "</g>"])


def _text(x: int, y: int, said: str) -> str:
    return f'<text x="{x}" y="{y}" style="{_STYLE}">{words(said)}</text>'
