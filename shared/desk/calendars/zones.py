"""IANA zones from the pinned ``tzdata`` wheel, so that results do not depend on the machine's zone files."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache, lru_cache
from importlib import resources
from zoneinfo import ZoneInfo

PROBE = 6 * 3600
"""Offsets are probed every six hours; no zone has changed twice within that time since 1970."""


@cache
def names() -> frozenset[str]:
    """Every zone name in the pinned data."""
    return frozenset(resources.files("tzdata").joinpath("zones").read_text(encoding="utf-8").split())


@cache
def zone(name: str) -> ZoneInfo:
    """The zone ``name``; ``LookupError`` when it is not in the pinned data."""
    if name not in names():
        raise LookupError(f"unknown zone {name!r}")
    with resources.files("tzdata.zoneinfo").joinpath(*name.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)


@lru_cache(maxsize=4096)
def offsets(name: str, year: int) -> tuple[tuple[int, int, int], ...]:
    """Stretches of constant offset in the UTC year: (start, end, offset), in seconds, without gap or overlap."""
    start, end = year_start(year), year_start(year + 1)
    stretches: list[tuple[int, int, int]] = []
    begin, offset = start, _offset(name, start)
    for probe in range(start + PROBE, end, PROBE):
        if (changed := _offset(name, probe)) != offset:
            border = _border(name, probe - PROBE, probe, offset)
            stretches.append((begin, border, offset))
            begin, offset = border, changed
    if (changed := _offset(name, end - 1)) != offset:
        border = _border(name, end - PROBE, end - 1, offset)
        stretches.append((begin, border, offset))
        begin, offset = border, changed
    return (*stretches, (begin, end, offset))


@cache
def year_start(year: int) -> int:
    """UTC seconds at which the year begins."""
    return int(datetime(year, 1, 1, tzinfo=UTC).timestamp())


def _offset(name: str, second: int) -> int:
    shift = datetime.fromtimestamp(second, zone(name)).utcoffset()
    assert shift is not None
    return round(shift.total_seconds())


def _border(name: str, low: int, high: int, offset: int) -> int:
    """First second in (low, high] whose offset is no longer ``offset``."""
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _offset(name, middle) == offset else (low, middle)
    return high
