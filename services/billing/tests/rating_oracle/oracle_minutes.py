"""The oracle's minutes: asks documents, read as plain mappings, about one minute. Shares no code with rating."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from functools import cache
from importlib import resources
from typing import Any
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
World = Mapping[str, Any]  # Any: a world as written


@cache
def zone_of(name: str) -> ZoneInfo:
    with (resources.files("tzdata") / "zoneinfo" / name).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)


def window(text: str) -> tuple[int, int]:
    """Minutes of the day on which the window opens."""
    plain = text.removesuffix("+1")
    opens, closes = (int(part[:2]) * 60 + int(part[3:5]) for part in plain.split("-"))
    return opens, closes + (1440 if plain != text else 0)


def day(text: str) -> date:
    return date.fromisoformat(str(text))


class Minutes:
    """Answers questions about a minute of a world. Minutes are counted since 1970 in UTC."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.zone = zone_of(world["calendar"]["zone"])
        self._local: dict[int, datetime] = {}
        self._bands: dict[tuple[int, int], str] = {}
        self._closed = {day(one["day"]) for one in world["calendar"].get("days", []) if not one.get("open")}

    def local(self, minute: int) -> datetime:
        if minute not in self._local:
            self._local[minute] = datetime.fromtimestamp(minute * 60, UTC).astimezone(self.zone)
        return self._local[minute]

    def since(self, version: Mapping[str, Any]) -> datetime:
        """The instant from which a version holds: a day, or a time with an offset."""
        text = str(version["effective_from"])
        if len(text) > 10:
            return datetime.fromisoformat(text)
        start = datetime.combine(day(text), datetime.min.time(), self.zone)
        return start.astimezone(UTC)

    def version(self, key: str, minute: int) -> int:
        """The place of the document in force: of those that have begun, the one with the latest beginning."""
        found, best = 0, datetime.min.replace(tzinfo=UTC)
        for place, document in enumerate(self.world[key]):
            begin = self.since(document) if "effective_from" in document else datetime.min.replace(tzinfo=UTC)
            if begin <= datetime.fromtimestamp(minute * 60, UTC) and begin >= best:
                found, best = place, begin
        return found

    def band(self, minute: int, card: int) -> str:
        if (minute, card) not in self._bands:
            self._bands[minute, card] = self._band(minute, self.world["card"][card])
        return self._bands[minute, card]

    def _band(self, minute: int, card: Mapping[str, Any]) -> str:
        now = self.local(minute)
        clock, today = now.hour * 60 + now.minute, now.date()
        if today in self._closed:
            return "holiday"
        if self._inside(self.world["calendar"]["week"], today, clock, own_days=True):
            return "business"
        for name, band in card.get("bands", {}).items():
            if isinstance(band, dict) and band.get("windows"):
                windows: list[str] = band["windows"]
                week = dict.fromkeys(DAYS, windows)
                if self._inside(week, today, clock, own_days=False):
                    return str(name)
        return "after-hours"

    def _inside(self, week: Mapping[str, list[str]], today: date, clock: int, *, own_days: bool) -> bool:
        for back in (0, 1):
            date_ = today - timedelta(days=back)
            if own_days and date_ in self._closed:
                continue
            for text in week.get(DAYS[date_.weekday()], []):
                opens, closes = window(text)
                if opens <= clock + 1440 * back < closes:
                    return True
        return False

    def within(self, span: Mapping[str, Any], minute: int) -> bool:
        today = self.local(minute).date()
        return ("from" not in span or today >= day(span["from"])) and ("to" not in span or today < day(span["to"]))

    def terms(self, entry: Mapping[str, Any], ticket: Mapping[str, Any], minute: int) -> Mapping[str, Any] | str | None:
        """The terms in force, None, or the code of an agreement that cannot be used."""
        everything = self.world.get("terms", [])
        for named in (entry.get("agreement"), ticket.get("agreement")):
            if not named:
                continue
            owners = {one["client"] for one in everything if one["agreement"] == named}
            if not owners:
                return "agreement-unknown"
            if ticket["client"] not in owners:
                return "agreement-other-client"
            for one in everything:
                if one["agreement"] == named and self.within(one, minute):
                    return one  # type: ignore[no-any-return]
        mine = [one for one in everything if one["client"] == ticket["client"] and self.within(one, minute)]
        best: Mapping[str, Any] | None = None
        for one in mine:
            if best is None or self._preferred(one, best):
                best = one
        return best

    @staticmethod
    def _preferred(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
        if one.get("default", False) != other.get("default", False):
            return bool(one.get("default", False))
        if one.get("priority", 0) != other.get("priority", 0):
            return bool(one.get("priority", 0) > other.get("priority", 0))
        if str(one.get("from", "")) != str(other.get("from", "")):
            return str(one.get("from", "")) > str(other.get("from", ""))
        return bool(one["agreement"] < other["agreement"])


def number(value: object) -> Fraction:
    """A number of a document, exactly as written."""
    return Fraction(0) if value == "free" else Fraction(str(value))


def holds(when: Mapping[str, Any], labour: Mapping[str, str]) -> bool:
    for key, wanted in when.items():
        values = [str(one) for one in wanted] if isinstance(wanted, list) else [str(wanted)]
        if key == "cycle":
            own = int(labour[key])
            if not any(own >= int(one[:-1]) if one.endswith("+") else own == int(one) for one in values):
                return False
        elif labour[key] not in values:
            return False
    return True
