"""Selects the documents that judge a ticket: published when its first clock started, and in force when it opened.

Calendars are stored under `calendar:<id>`, SLA policies under `sla-policy:<id>`. A policy version `import:<mapping>` is
bound to the tickets of that imported log and is never in force for others.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple, cast

from desk.calendars.calendar_document import CalendarDocument, load_calendar
from desk.calendars.named import policy_name, shipped
from desk.calendars.times import to_datetime
from desk.decision.context import Policies
from desk.policies.book import Edition, PolicyBook
from desk.policies.owners import IMPORT
from desk_sla.clocks.timeline import Timeline
from desk_sla.engine.goals import Rulebook
from desk_sla.engine.history import History
from desk_sla.engine.judge import Judged, judge
from desk_sla.engine.policies.document import PolicyDocument, load_policy
from desk_sla.engine.policies.policy import builtin_policy

CALENDAR, POLICY = policy_name(""), "sla-policy:"
STANDARD = "standard"
BOUND: Mapping[str, str] = {"import:servicenow-incident-log": "incident-log"}
"""Policies that ship for an import mapping that ships."""
ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)


def builtin() -> Mapping[str, Mapping[str, object]]:
    """Version 1 of the documents that ship and are in force by default."""
    return {**shipped(), POLICY + STANDARD: builtin_policy(STANDARD).model_dump(mode="json", exclude_none=True)}


class _Documents(NamedTuple):
    """All documents of one revision of the book. `published`, `effective`: instants at which the selection changes."""

    revision: int
    policies: list[tuple[Edition, PolicyDocument]]
    calendars: list[tuple[Edition, CalendarDocument]]
    published: list[datetime]
    effective: list[datetime]
    rulebooks: dict[tuple[int, int, str], Rulebook]


class _Judgement(NamedTuple):
    """Every clock of a ticket by a rulebook, as of `at` (UTC seconds)."""

    timeline: Timeline
    book: Rulebook
    at: int
    clocks: tuple[Judged, ...]


class Rules:
    """The rulebooks of a policy book, cached together with the aims computed from them.

    Also keeps the last judgement: a decision and the timers of its transaction ask for the same one.
    """

    def __init__(self, book: PolicyBook) -> None:
        self._book = book
        self._read = _Documents(-1, [], [], [], [], {})
        self._last = _Judgement(Timeline(), Rulebook([], {}), 0, ())

    def of(self, timeline: Timeline) -> Rulebook:
        """The rulebook of one ticket."""
        opening, since = timeline.intake.opening, timeline.sla.since
        if opening is None:
            return Rulebook([], {})
        return self.at(since, to_datetime(opening.at), opening.matrix)

    def at(self, since: datetime | None, opening: datetime, matrix: str | None = None) -> Rulebook:
        """The documents published at `since` (None: now) and in force at `opening`."""
        all_ = self._documents()
        visible = len(all_.published) if since is None else bisect_right(all_.published, since)
        bound = next((e.version for e, _ in all_.policies if e.version == matrix), "")
        key = (visible, bisect_right(all_.effective, opening), bound)
        found = all_.rulebooks.get(key)
        if found is None:
            found = all_.rulebooks[key] = _rulebook(all_, since, opening, bound)
        return found

    def judged(self, timeline: Timeline, past: History, book: Rulebook, at: int) -> tuple[Judged, ...]:
        """Every clock of the ticket with this timeline, whose history is `past`, as of `at` (UTC seconds)."""
        last = self._last
        if last.timeline is not timeline or last.book is not book or last.at != at:
            last = self._last = _Judgement(timeline, book, at, judge(past, book, at))
        return last.clocks

    def calendars(self) -> Mapping[str, CalendarDocument]:
        """The newest version of every calendar that is not retired."""
        return {document.id: document for edition, document in self._documents().calendars if edition.retired is None}

    def in_force(self) -> list[PolicyDocument]:
        """The newest version of every policy that is not retired and not bound to an import."""
        found = [(e, d) for e, d in self._documents().policies if e.retired is None]
        return list({d.id: d for e, d in found if not e.version.startswith(IMPORT)}.values())

    def policies(self) -> list[PolicyDocument]:
        """Every version of every policy, including retired ones and those bound to imports."""
        return [document for _, document in self._documents().policies]

    def _documents(self) -> _Documents:
        if self._read.revision != self._book.revision:
            self._read = _documents(self._book)
        return self._read


def _documents(book: PolicyBook) -> _Documents:
    revision, names = book.revision, book.names
    policies = [(Edition(label, {}), builtin_policy(name)) for label, name in BOUND.items()]
    policies += [(e, _policy(e)) for name in names if name.startswith(POLICY) for e in book.editions(name)]
    calendars = [
        (e, load_calendar(e.content)) for name in names if name.startswith(CALENDAR) for e in book.editions(name)
    ]
    editions = [edition for edition, _ in (*policies, *calendars)]
    changes = {moment for e in editions for moment in (e.published, e.retired) if moment is not None}
    effective = {edition.since for edition, _ in calendars if edition.since is not None}
    return _Documents(revision, policies, calendars, sorted(changes), sorted(effective), {})


def _rulebook(all_: _Documents, since: datetime | None, opening: datetime, bound: str) -> Rulebook:
    calendars = {
        document.id: document
        for edition, document in all_.calendars
        if _published(edition, since) and (edition.since or ALWAYS) <= opening
    }
    policies = [
        document
        for edition, document in all_.policies
        if (
            edition.version == bound if bound else not edition.version.startswith(IMPORT) and _published(edition, since)
        )
    ]
    return Rulebook([one for one in policies if calendars_of(one) <= calendars.keys()], calendars)


def _policy(edition: Edition) -> PolicyDocument:
    document = load_policy(edition.content)
    return document if edition.since is None else document.model_copy(update={"effective_from": edition.since})


def _published(edition: Edition, since: datetime | None) -> bool:
    if since is None:
        return edition.retired is None
    return (edition.published or ALWAYS) <= since and (edition.retired is None or since < edition.retired)


def calendars_of(policy: PolicyDocument) -> set[str]:
    """Ids of the calendars that the policy names."""
    return {policy.calendar, *(rule.calendar for rule in policy.rules if rule.calendar is not None)}


def rules_of(policies: Policies) -> Rules:
    """The rules of a service's policy book."""
    return cast(PolicyBook, policies).derived(Rules)
