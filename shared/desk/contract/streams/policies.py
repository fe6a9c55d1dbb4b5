"""Versioned policies and calendars, each with its owner. Topic `desk.policies.v1`, key = policy id."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

import msgspec
from msgspec.structs import replace

from desk.contract.event import Event, Payload, Spec, Stream, Text
from desk.contract.folding import on, steps
from desk.contract.json_values import JsonObject

P = Stream.POLICIES


class PolicyDrafted(Payload, frozen=True, kw_only=True):
    """A version was drafted and waits for a second person to publish it."""

    spec = Spec("each", ("policy", "version"), stream=P)
    policy: str
    version: str
    content_hash: str
    by: str


class PolicyPublished(Payload, frozen=True, kw_only=True):
    """The version was published, in force from `effective_from`; `content_hash` is the SHA-256 of the document."""

    spec = Spec("each", ("policy", "version"), stream=P)
    policy: str
    version: str
    effective_from: datetime
    content_hash: str
    content: JsonObject
    by: str
    second: str | None = None


class PolicyRetired(Payload, frozen=True, kw_only=True):
    """The version was taken out of force; tickets that name it can still read it."""

    spec = Spec("each", ("policy", "version"), stream=P)
    policy: str
    version: str
    by: str


class CalendarPublished(Payload, frozen=True, kw_only=True):
    """A version of a calendar was published, in force from `effective_from`; `zone` is an IANA zone."""

    spec = Spec("sla", ("calendar", "version"), stream=P)
    calendar: str
    version: str
    zone: str
    effective_from: datetime
    content_hash: str
    content: JsonObject
    by: str


class HolidayAdded(Payload, frozen=True, kw_only=True):
    """A holiday of a region was added, as a new version of the calendar; `retro` when the day is past."""

    spec = Spec("sla", ("region", "day"), stream=P)
    calendar: str
    version: str
    region: str
    day: date
    by: str
    retro: bool = False
    title: Text = ""


FACTS: tuple[type[Payload], ...] = (PolicyDrafted, PolicyPublished, PolicyRetired, CalendarPublished, HolidayAdded)


class Version(msgspec.Struct, frozen=True):
    """One published version."""

    effective_from: datetime
    content_hash: str
    retired: bool = False


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """A policy or calendar: versions in the order of publication, drafts (version -> content hash), drafters (version
    -> person)."""

    versions: dict[str, Version] = {}
    drafts: dict[str, str] = {}
    drafters: dict[str, str] = {}
    holidays: tuple[tuple[str, date], ...] = ()

    def evolve(self, event: Event) -> Policy:
        """The policy after one more fact."""
        step = EVOLVE.get(type(event.data))
        return self if step is None else step(self, event)

    def in_force(self, at: datetime) -> str | None:
        """The version in force at that instant: the last published one that is effective and not retired."""
        found = [key for key, v in self.versions.items() if v.effective_from <= at and not v.retired]
        return found[-1] if found else None


INITIAL = Policy()
Step = Callable[[Policy, Event], Policy]


def _published(s: Policy, e: Event[PolicyPublished | CalendarPublished]) -> Policy:
    d = e.data
    drafts = {version: hash_ for version, hash_ in s.drafts.items() if version != d.version}
    drafters = {version: by for version, by in s.drafters.items() if version != d.version}
    versions = {**s.versions, d.version: Version(d.effective_from, d.content_hash)}
    return replace(s, drafts=drafts, drafters=drafters, versions=versions)


def _drafted(s: Policy, e: Event[PolicyDrafted]) -> Policy:
    d = e.data
    drafts, drafters = {**s.drafts, d.version: d.content_hash}, {**s.drafters, d.version: d.by}
    return replace(s, drafts=drafts, drafters=drafters)


def _retired(s: Policy, e: Event[PolicyRetired]) -> Policy:
    version = s.versions.get(e.data.version)
    if version is None:
        return s
    return replace(s, versions={**s.versions, e.data.version: replace(version, retired=True)})


EVOLVE: dict[type[Payload], Step] = steps(
    on(PolicyDrafted, _drafted),
    on(PolicyPublished, _published),
    on(CalendarPublished, _published),
    on(PolicyRetired, _retired),
    on(HolidayAdded, lambda s, e: replace(s, holidays=(*s.holidays, (e.data.region, e.data.day)))),
)
