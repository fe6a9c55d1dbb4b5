"""Reads the times of a log in declared formats. Formats are compiled once, and each text is parsed once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

MEMO = 200_000
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
FULL_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
YEARS = range(1970, 2101)
DIRECTIVES = {
    "d": r"(?P<d>\d{1,2})",
    "m": r"(?P<m>\d{1,2})",
    "b": r"(?P<b>[A-Za-z]{3,4})",
    "B": r"(?P<B>[A-Za-z]{3,9})",
    "a": r"[^\W\d_]{2,15}\.?",
    "Y": r"(?P<Y>\d{4})",
    "y": r"(?P<y>\d{2})",
    "H": r"(?P<H>\d{1,2})",
    "I": r"(?P<I>\d{1,2})",
    "p": r"(?P<p>[AaPp][Mm])",
    "M": r"(?P<M>\d{2})",
    "S": r"(?P<S>\d{2})",
    "f": r"(?P<f>\d{1,9})",
    "z": r"(?P<z>Z|[+-]\d{2}:?\d{2})",
    "%": "%",
}
BLANKS = dict.fromkeys((0x09, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000), " ")
"""Every blank that Unicode knows within a line: browsers and ICU write U+202F before PM, others U+00A0."""
MARKS = dict.fromkeys((0x200E, 0x200F, 0xFEFF))
"""Invisible marks of direction and byte order, which some programs write between the parts of a date."""
Reads = Callable[[str], datetime | None]


def compile_format(text: str) -> Reads:
    """A function from text to datetime (aware only with an offset), None if the text is not of this format.

    Blanks of any kind are equal, in the format and in the text. Raises ValueError if the format itself is unknown or
    lacks a day.
    """
    if text in NAMED:
        return NAMED[text]
    text = _plain(text)
    pattern, seen = "", set[str]()
    for literal, directive in re.findall(r"([^%]+)|%(.?)", text):
        if not literal and (directive not in DIRECTIVES or directive in seen - {"%"}):
            raise ValueError(f"%{directive} in {text!r} is unknown or doubled; known are {' '.join(DIRECTIVES)}")
        pattern += re.escape(literal) if literal else DIRECTIVES[directive]
        seen.add(directive)
    if not ("d" in seen and len(seen & {"m", "b", "B"}) == 1 and seen & {"Y", "y"}) or ("I" in seen) != ("p" in seen):
        raise ValueError(f"{text!r} needs a day, a month and a year (%d %m %Y), and %I together with %p")
    match = re.compile(pattern).fullmatch

    def read(value: str) -> datetime | None:
        found = match(_plain(value))
        return _assemble(found.groupdict()) if found else None

    return read


def _plain(text: str) -> str:
    return text.translate(BLANKS | MARKS)


def _assemble(part: dict[str, str]) -> datetime | None:
    month = int(part["m"]) if "m" in part else _month(part)
    year = int(part["Y"]) if "Y" in part else _century(int(part["y"]))
    hour = int(part.get("H", 0)) if "I" not in part else _hour(int(part["I"]), part["p"])
    micro = int(part.get("f", "0").ljust(6, "0")[:6])
    minute, second = int(part.get("M", 0)), int(part.get("S", 0))
    try:
        zone = _offset(part["z"]) if "z" in part else None
        return datetime(year, month, int(part["d"]), hour, minute, second, micro, tzinfo=zone)
    except ValueError:
        return None


def _month(part: dict[str, str]) -> int:
    if "B" in part:
        name, names = part["B"].lower(), FULL_MONTHS
    else:
        name, names = part["b"].lower().replace("sept", "sep"), MONTHS
    return names.index(name) + 1 if name in names else 0


def _century(year: int) -> int:
    return year + (1900 if year >= 69 else 2000)


def _hour(hour: int, half: str) -> int:
    if not 1 <= hour <= 12:
        return 24
    return hour % 12 + (12 if half.lower() == "pm" else 0)


def _offset(text: str) -> tzinfo:
    if text == "Z":
        return UTC
    digits = text[1:].replace(":", "")
    minutes = int(digits[:2]) * 60 + int(digits[2:])
    return timezone(timedelta(minutes=-minutes if text[0] == "-" else minutes))


def _iso(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _epoch(unit: int) -> Reads:
    def read(text: str) -> datetime | None:
        text = re.sub(r"\.0+$", "", text)
        if not text.isascii() or not text.isdigit() or len(text) > 16:
            return None
        seconds, remainder = divmod(int(text), unit)
        try:
            return datetime.fromtimestamp(seconds, UTC) + timedelta(milliseconds=remainder)
        except (OverflowError, ValueError, OSError):
            return None

    return read


NAMED: dict[str, Reads] = {"iso": _iso, "epoch-seconds": _epoch(1), "epoch-milliseconds": _epoch(1000)}


class TimeReader:
    """Text -> time in UTC. `skipped` and `doubled` say how to read an hour that the zone skips or repeats."""

    def __init__(self, formats: list[str], zone: str, skipped: str = "refuse", doubled: str = "refuse") -> None:
        self._formats, self._reads = formats, [compile_format(text) for text in formats]
        self._zone: tzinfo = UTC if zone == "UTC" else ZoneInfo(zone)
        self._zone_name, self._skipped, self._doubled = zone, skipped, doubled
        self._memo: dict[str, datetime] = {}

    def read(self, text: str) -> datetime:
        """The time in UTC; ValueError with the remedy if no declared format fits, or two that mean different times."""
        cached = self._memo.get(text)
        if cached is None:
            if len(self._memo) >= MEMO:
                self._memo.clear()
            cached = self._memo[text] = self._parse(text)
        return cached

    def _parse(self, text: str) -> datetime:
        found = [(layout, self._to_utc(time)) for layout, time in self._found(text)]
        if not found:
            raise ValueError(f"write it as {' or '.join(self._formats)}, or add its format to times.formats")
        (layout, time), *others = found
        for other, differs in others:
            if differs != time:
                raise ValueError(f"{layout} and {other} read it differently; leave the right one in times.formats")
        return time

    def _found(self, text: str) -> Iterator[tuple[str, datetime]]:
        for layout, read in zip(self._formats, self._reads, strict=True):
            found = read(text)
            if found is not None and found.year in YEARS:
                yield layout, found

    def _to_utc(self, found: datetime) -> datetime:
        if found.tzinfo is not None or self._zone is UTC:
            return found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)
        first, second = (found.replace(tzinfo=self._zone, fold=fold).astimezone(UTC) for fold in (0, 1))
        if first.astimezone(self._zone).replace(tzinfo=None) != found.replace(fold=0):
            if self._skipped == "refuse":
                raise ValueError(f"{self._zone_name} skips this hour; correct times.zone or set times.skipped: forward")
            return first
        if first != second and self._doubled == "refuse":
            raise ValueError(f"{self._zone_name} has this hour twice; set times.doubled to first or second")
        return second if self._doubled == "second" else first
