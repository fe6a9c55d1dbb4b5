"""Maps the vendor's time zone names to IANA zones. Pure.

A name is an offset and a label of cities or a region (`GMT-5/Eastern Time: US & Canada`). The offset is that of winter
and often outdated, so the label decides.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from desk.calendars.zones import names

OFFSET = re.compile(r"\A\(?(?:GMT|UTC)\s*(?:[+-]\s*\d{1,2}(?::?\d{2})?)?\)?\s*/?\s*", re.IGNORECASE)
PLACE = re.compile(r"[^,;:()/&]+")
REGIONS: Mapping[str, str] = {
    "eastern time": "America/New_York",
    "eastern": "America/New_York",
    "central time": "America/Chicago",
    "central": "America/Chicago",
    "mountain time": "America/Denver",
    "mountain": "America/Denver",
    "pacific time": "America/Los_Angeles",
    "pacific": "America/Los_Angeles",
    "atlantic time": "America/Halifax",
    "newfoundland": "America/St_Johns",
    "alaska": "America/Anchorage",
    "hawaii": "Pacific/Honolulu",
    "arizona": "America/Phoenix",
    "indiana": "America/Indiana/Indianapolis",
    "saskatchewan": "America/Regina",
    "baja california": "America/Tijuana",
    "central america": "America/Guatemala",
    "la paz mexico": "America/Mazatlan",
    "brasilia": "America/Sao_Paulo",
    "buenos aires": "America/Argentina/Buenos_Aires",
    "georgetown": "America/Guyana",
    "greenland": "America/Nuuk",
    "mid-atlantic": "Etc/GMT+2",
    "azores": "Atlantic/Azores",
    "cape verde is.": "Atlantic/Cape_Verde",
    "greenwich mean time": "Europe/London",
    "gmt": "Europe/London",
    "coordinated universal time": "Etc/UTC",
    "edinburgh": "Europe/London",
    "bern": "Europe/Zurich",
    "west central africa": "Africa/Lagos",
    "harare": "Africa/Harare",
    "pretoria": "Africa/Johannesburg",
    "caucasus": "Asia/Yerevan",
    "abu dhabi": "Asia/Dubai",
    "islamabad": "Asia/Karachi",
    "ekaterinburg": "Asia/Yekaterinburg",
    "chennai": "Asia/Kolkata",
    "mumbai": "Asia/Kolkata",
    "new delhi": "Asia/Kolkata",
    "sri jayawardenepura": "Asia/Colombo",
    "astana": "Asia/Almaty",
    "hanoi": "Asia/Bangkok",
    "beijing": "Asia/Shanghai",
    "osaka": "Asia/Tokyo",
    "sapporo": "Asia/Tokyo",
    "solomon is.": "Pacific/Guadalcanal",
    "new caledonia": "Pacific/Noumea",
    "marshall is.": "Pacific/Majuro",
    "wellington": "Pacific/Auckland",
    "nuku'alofa": "Pacific/Tongatapu",
    "midway island": "Pacific/Midway",
    "samoa": "Pacific/Apia",
    "kyiv": "Europe/Kyiv",
    "international date line west": "Etc/GMT+12",
}


def iana(name: str, own: Mapping[str, str]) -> str | None:
    """The IANA zone of the vendor's name, or None. `own` maps names of this installation and is asked first."""
    text = name.strip()
    if text in own:
        return own[text]
    if text in names():
        return text
    label = OFFSET.sub("", text.removeprefix("US "))
    places = [place.strip().casefold().removesuffix(" standard time") for place in PLACE.findall(label)]
    return next((zone for place in places if (zone := _zone(place))), None)


def _zone(place: str) -> str | None:
    return REGIONS.get(place) or _cities().get(place)


@cache
def _cities() -> dict[str, str]:
    """Zones by city in lower case, without names that occur on several continents."""
    found: dict[str, str] = {}
    double: set[str] = set()
    for zone in sorted(names()):
        continent, _, city = zone.partition("/")
        if not city or continent in ("Etc", "SystemV", "US"):
            continue
        key = city.rpartition("/")[2].replace("_", " ").casefold()
        double |= {key} if key in found else set()
        found.setdefault(key, zone)
    return {key: zone for key, zone in found.items() if key not in double}
