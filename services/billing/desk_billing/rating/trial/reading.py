"""Reads single parts of a world file: a calendar, an entry, a time, the documents checked against each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import yaml
from msgspec.structs import replace
from pydantic import ValidationError

from desk.calendars.calendar import Calendar, compile_calendar
from desk.calendars.calendar_document import load_calendar
from desk.calendars.documents import BUILTIN_CALENDARS, builtin_calendar
from desk.calendars.problems import DocumentError, Fault, Problem, from_validation
from desk.decision.policies.labour.card import RateCard
from desk.decision.policies.labour.rules import BillingRules
from desk.decision.policies.labour.terms import Pool, Terms
from desk_billing.rating.finder.missing import Session
from desk_billing.rating.labour import Entry, Ticket
from desk_billing.rating.review import review_bands, review_pools, review_rules, review_terms
from desk_billing.rating.trial.labour_documents import EntryDocument, instant
from desk_billing.rating.trial.observed_documents import SessionDocument
from desk_billing.rating.versions import Version


def checked(
    cards: Sequence[Version[RateCard]],
    rules: Sequence[Version[BillingRules]],
    terms: Sequence[Terms],
    pools: Sequence[Pool],
) -> list[Problem]:
    """Problems of the documents together, as publication finds them."""
    found = [problem for version in rules for problem in review_rules(version.document)]
    found += [*review_terms(terms, pools), *review_pools(pools, terms)]
    if cards:
        found += review_bands([one.document for one in cards], [one.document for one in rules], terms, pools)
    return found


def entry_of(
    content: object,
    tickets: Mapping[str, Ticket],
    calendars: Mapping[str, Calendar],
    seq: int,
    now: datetime | None,
) -> Entry:
    """The entry that a mapping describes. Raises ``ValidationError`` or ``Fault``."""
    document = EntryDocument.model_validate(content)
    ticket = tickets.get(document.ticket)
    if ticket is None:
        raise Fault(f"there is no ticket {document.ticket!r}", "add it to tickets", field="ticket")
    return document.labour(ticket.zone or calendars[ticket.calendar].zone, seq, now)


def session_of(content: object, tickets: Mapping[str, Ticket], calendars: Mapping[str, Calendar]) -> Session:
    """The session that a mapping describes. Raises ``ValidationError`` or ``Fault``."""
    document = SessionDocument.model_validate(content)
    ticket = tickets.get(document.ticket)
    if ticket is None:
        raise Fault(f"there is no ticket {document.ticket!r}", "add it to tickets", field="ticket")
    return document.session(ticket.zone or calendars[ticket.calendar].zone)


def calendar_of(content: object) -> Calendar:
    """A calendar by document, or by the name of one that ships. ``DocumentError`` otherwise."""
    if isinstance(content, str) and content in BUILTIN_CALENDARS:
        return compile_calendar(builtin_calendar(content))
    if not isinstance(content, Mapping):
        raise DocumentError("calendar", [Problem("", "no calendar", f"write one, or {', '.join(BUILTIN_CALENDARS)}")])
    return compile_calendar(load_calendar({str(key): value for key, value in content.items()}))


def newest(calendars: Mapping[str, Calendar], name: str | None) -> str | None:
    """The key of the newest version of a calendar; of the first calendar without a name."""
    wanted = name or (next(iter(calendars.values())).id if calendars else "")
    versions = {calendar.version: key for key, calendar in calendars.items() if calendar.id == wanted}
    return versions[max(versions)] if versions else None


def split(content: object) -> tuple[dict[str, object], object]:
    """The fields of a publication beside a document, and the document."""
    if not isinstance(content, Mapping):
        return {}, content
    beside = {key: content[key] for key in ("version", "effective_from") if key in content}
    return beside, {key: value for key, value in content.items() if key not in beside}


def effective(value: object, zone: str) -> int:
    """The instant of an `effective_from`: a time, or the midnight of a day in the zone."""
    try:
        at = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError:
        raise Fault(f"{value!r} is no time", "write a day or a time, e.g. 2026-04-01", field="effective_from") from None
    return instant(at, zone, "effective_from")


def problems_of(error: ValidationError, place: str) -> list[Problem]:
    """Pydantic's errors with the place of the document before each field."""
    found = from_validation(place, error).problems
    return [replace(one, field=place if one.field == "(document)" else f"{place}.{one.field}") for one in found]


def load(text: str) -> object:
    """Parse YAML or JSON. ``DocumentError`` when it is neither."""
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as wrong:
        fault = " ".join(str(wrong).split())
        raise DocumentError("world", [Problem("(document)", f"not YAML: {fault}", "correct the syntax")]) from None
