"""Versioned policies and calendars, each under its own owner. Topic `desk.policies.v1`, key = policy id."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import msgspec
from msgspec.structs import replace

from desk.contract.event import Event, Payload, Spec, Stream, Text

P = Stream.POLICIES


class PolicyDrafted(Payload, frozen=True, kw_only=True):
    """A version is proposed and waits for a second person."""

    spec = Spec("each", ("policy", "version"), stream=P)
    policy: str
    version: str
    content_hash: str
    by: str


class PolicyPublished(Payload, frozen=True, kw_only=True):
    """That version is in force from `effective_from` on; `content_hash` is the SHA-256 of the document."""

    spec = Spec("each", ("policy", "version"), stream=P)
    policy: str
    version: str
    effective_from: datetime
    content_hash: str
    content: dict[str, Any]
    by: str
    second: str | None = None


class PolicyRetired(Payload, frozen=True, kw_only=True):
    """That version is not in force any more; tickets that name it still find it."""

    spec = Spec("each", ("policy", "version"), stream=P)
    policy: str
    version: str
    by: str


class CalendarPublished(Payload, frozen=True, kw_only=True):
    """That version of a calendar of working times is in force from `effective_from` on; `zone` is an IANA zone."""

    spec = Spec("sla", ("calendar", "version"), stream=P)
    calendar: str
    version: str
    zone: str
    effective_from: datetime
    content_hash: str
    content: dict[str, Any]
    by: str


class HolidayAdded(Payload, frozen=True, kw_only=True):
    """A day without work in a region, as a new version of the calendar; `retro` when it is already past."""

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
    """A policy or calendar: its versions in the order they were published, drafts (content hash by version) and who
    drafted them.
    """

    versions: dict[str, Version] = {}
    drafts: dict[str, str] = {}
    drafters: dict[str, str] = {}
    holidays: tuple[tuple[str, date], ...] = ()

    def evolve(self, event: Event) -> Policy:
        """The policy after one more fact."""
        step = EVOLVE.get(type(event.data))
        return self if step is None else step(self, event)

    def in_force(self, at: datetime) -> str | None:
        """The version in force at that instant: the last published of those that are effective and not retired."""
        found = [key for key, v in self.versions.items() if v.effective_from <= at and not v.retired]
        return found[-1] if found else None


INITIAL = Policy()
Step = Callable[[Policy, Event], Policy]


def _published(s: Policy, e: Event) -> Policy:
    d: PolicyPublished | CalendarPublished = e.data
    drafts = {version: hash_ for version, hash_ in s.drafts.items() if version != d.version}
    drafters = {version: by for version, by in s.drafters.items() if version != d.version}
    versions = {**s.versions, d.version: Version(d.effective_from, d.content_hash)}
    return replace(s, drafts=drafts, drafters=drafters, versions=versions)


def _drafted(s: Policy, e: Event) -> Policy:
    d: PolicyDrafted = e.data
    drafts, drafters = {**s.drafts, d.version: d.content_hash}, {**s.drafters, d.version: d.by}
    return replace(s, drafts=drafts, drafters=drafters)


def _retired(s: Policy, e: Event) -> Policy:
    version = s.versions.get(e.data.version)
    if version is None:
        return s
    return replace(s, versions={**s.versions, e.data.version: replace(version, retired=True)})


EVOLVE: dict[type[Payload], Step] = {
    PolicyDrafted: _drafted,
    PolicyPublished: _published,
    CalendarPublished: _published,
    PolicyRetired: _retired,
    HolidayAdded: lambda s, e: replace(s, holidays=(*s.holidays, (e.data.region, e.data.day))),
}
