"""Reads a world file: the documents as they are published, tickets, entries and events. Collects every problem."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from msgspec.structs import replace
from pydantic import BaseModel, ValidationError

from desk.calendars.calendar import Calendar
from desk.calendars.problems import DocumentError, Fault, Problem
from desk.decision.policies.labour.card import RateCard
from desk.decision.policies.labour.rules import BillingRules
from desk.decision.policies.labour.terms import Pool, Terms
from desk_billing.rating.finder.missing import Session
from desk_billing.rating.handover.comparison import PsaTime
from desk_billing.rating.labour import Entry, Ticket
from desk_billing.rating.lifecycle.world import World
from desk_billing.rating.trial.labour_documents import TicketDocument
from desk_billing.rating.trial.observed_documents import PsaTimeDocument
from desk_billing.rating.trial.reading import (
    calendar_of,
    checked,
    effective,
    entry_of,
    newest,
    problems_of,
    session_of,
    split,
)
from desk_billing.rating.versions import ALWAYS, Version, Versions

KEYS = (
    *("calendar", "card", "rules", "terms", "pools", "tickets", "entries", "sessions", "psa", "events", "now"),
    *("id", "source", "expect"),
)
M = TypeVar("M", bound=BaseModel)
Content = Mapping[str, object]


class WorldFile:
    """A parsed file. `problems` of documents leave no world; those of a ticket or an entry leave it out."""

    def __init__(self, data: object) -> None:
        self.problems: list[Problem] = []
        self.world: World | None = None
        self.unconfirmed: set[str] = set()
        self.ended: set[str] = set()
        self.sessions: list[Session] = []
        self.psa: list[PsaTime] = []
        self.raw_entries: dict[str, dict[str, object]] = {}
        self.now: datetime | None = None
        self.events: Sequence[object] = ()
        if not isinstance(data, Mapping):
            self.problems.append(Problem("(document)", "not a mapping", f"start with {KEYS[0]}:"))
            return
        for key in data:
            if key not in KEYS:
                self._problem(str(key), f"unknown key {key!r}", f"use {', '.join(KEYS[:11])}")
        self.events = self._list(data, "events")
        self._read_now(data.get("now"))
        self._read(data)

    def _read(self, data: Content) -> None:
        calendars = self._calendars(data)
        zone = next(iter(calendars.values())).zone if calendars else "Etc/UTC"
        cards = self._versions(data, "card", RateCard, zone)
        rules = self._versions(data, "rules", BillingRules, zone)
        terms = [one for _, one in self._documents(data, "terms", Terms)]
        pools = [one for _, one in self._documents(data, "pools", Pool)]
        self.problems += checked(cards, rules, terms, pools)
        for key, found in (("card", cards), ("rules", rules)):
            if not found and not self.problems:
                self._problem(key, "it is missing", f"add the {key} document", "missing")
        if self.problems:
            return
        tickets = self._tickets(data, calendars)
        entries = self._entries(data, tickets, calendars)
        self._read_sessions(data, tickets, calendars)
        self.psa = [one.time for _, one in self._documents(data, "psa", PsaTimeDocument)]
        by_client: dict[str, list[Version[RateCard]]] = {}
        for version in cards:
            by_client.setdefault(version.document.client or "", []).append(version)
        self.world = World(
            calendars=calendars,
            cards={client: Versions(own) for client, own in by_client.items()},
            rules=Versions(rules),
            terms=tuple(terms),
            pools=tuple(pools),
            tickets=tickets,
            entries=entries,
        )

    def _problem(self, field: str, fault: str, remedy: str, code: str = "invalid_field") -> None:
        self.problems.append(Problem(field, fault, remedy, code))

    def _list(self, data: Content, key: str) -> Sequence[object]:
        """The list under a key; a single mapping counts as a list of one."""
        found = data.get(key)
        if found is None:
            return ()
        if isinstance(found, Mapping | str):
            return (found,)
        if isinstance(found, list):
            return found
        self._problem(key, "not a list", "write a list of mappings")
        return ()

    def _read_now(self, value: object) -> None:
        if value is None:
            return
        try:
            self.now = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        except ValueError:
            self._problem("now", f"{value!r} is no time", "write ISO 8601 with an offset")
        if self.now is not None and self.now.tzinfo is None:
            self._problem("now", "it has no offset", "write e.g. 2026-03-31T12:00:00Z")
            self.now = None

    def _calendars(self, data: Content) -> dict[str, Calendar]:
        found: dict[str, Calendar] = {}
        for at, content in enumerate(self._list(data, "calendar") or ("business-hours",)):
            try:
                calendar = calendar_of(content)
                found[f"{calendar.id}@{calendar.version}"] = calendar
            except DocumentError as wrong:
                self.problems += [replace(one, field=f"calendar.{at}.{one.field}") for one in wrong.problems]
        return found

    def _documents(self, data: Content, key: str, kind: type[M]) -> Iterator[tuple[dict[str, object], M]]:
        """The fields beside each document (`version`, `effective_from`), and the document."""
        items = self._list(data, key)
        single = isinstance(data.get(key), Mapping)
        for at, content in enumerate(items):
            place = key if single else f"{key}.{at}"
            beside, document = split(content)
            if (found := self._model(document, kind, place)) is not None:
                yield beside, found

    def _model(self, content: object, kind: type[M], place: str) -> M | None:
        try:
            return kind.model_validate(content)
        except ValidationError as error:
            self.problems += problems_of(error, place)
            return None

    def _versions(self, data: Content, key: str, kind: type[M], zone: str) -> list[Version[M]]:
        found: list[Version[M]] = []
        for beside, document in self._documents(data, key, kind):
            since = ALWAYS
            if (value := beside.get("effective_from")) is not None:
                try:
                    since = effective(value, zone)
                except Fault as fault:
                    self._problem(f"{key}.effective_from", fault.fault, fault.remedy)
            found.append(Version(since, str(len(found) + 1), document))
        return found

    def _tickets(self, data: Content, calendars: Mapping[str, Calendar]) -> dict[str, Ticket]:
        found: dict[str, Ticket] = {}
        for at, content in enumerate(self._list(data, "tickets")):
            document = self._model(content, TicketDocument, f"tickets.{at}")
            if document is None:
                continue
            calendar = newest(calendars, document.calendar)
            if calendar is None:
                self._problem(f"tickets.{at}.calendar", f"no calendar {document.calendar!r}", "name one of the file")
            elif document.id in found:
                self._problem(f"tickets.{at}.id", f"{document.id!r} is there twice", "give each ticket its own id")
            else:
                found[document.id] = document.ticket(calendar)
                if document.ended and not document.zero_reason:
                    self.ended.add(document.id)
        return found

    def _read_sessions(self, data: Content, tickets: Mapping[str, Ticket], calendars: Mapping[str, Calendar]) -> None:
        for at, content in enumerate(self._list(data, "sessions")):
            try:
                self.sessions.append(session_of(content, tickets, calendars))
            except ValidationError as error:
                self.problems += problems_of(error, f"sessions.{at}")
            except Fault as fault:
                self._problem(f"sessions.{at}.{fault.field}", fault.fault, fault.remedy, fault.code)

    def _entries(
        self, data: Content, tickets: Mapping[str, Ticket], calendars: Mapping[str, Calendar]
    ) -> dict[str, Entry]:
        found: dict[str, Entry] = {}
        for at, content in enumerate(self._list(data, "entries")):
            try:
                entry = entry_of(content, tickets, calendars, len(found), self.now)
                if entry.id in found:
                    raise Fault(f"{entry.id!r} is there twice", "give each entry its own id", field="entry")
                found[entry.id] = entry
                self.raw_entries[entry.id] = dict(content) if isinstance(content, Mapping) else {}
                if self.raw_entries[entry.id].get("confirmed") is False:
                    self.unconfirmed.add(entry.id)
            except ValidationError as error:
                self.problems += problems_of(error, f"entries.{at}")
            except Fault as fault:
                self._problem(f"entries.{at}.{fault.field}".rstrip("."), fault.fault, fault.remedy, fault.code)
        return found
