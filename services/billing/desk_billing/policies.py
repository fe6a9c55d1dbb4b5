"""The documents that rate labour, as published: billing rules, rate cards, terms of agreements, calendars."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar, cast

from pydantic import BaseModel

from desk.calendars.calendar import Calendar
from desk.calendars.named import calendar_named
from desk.calendars.times import to_seconds
from desk.contract.ticket.sla.facts import PolicySelected
from desk.decision.context import Policies
from desk.decision.policies.document import RECORDED
from desk.decision.policies.labour.card import RateCard
from desk.decision.policies.labour.rules import BillingRules
from desk.decision.policies.labour.terms import Terms
from desk.policies.book import Edition, PolicyBook
from desk.policies.owners import IMPORT
from desk_billing.rating.book import Book
from desk_billing.rating.versions import ALWAYS, Version, Versions

D = TypeVar("D", bound=BaseModel)
TERMS = "agreement-terms:"
MOST = 20_000
"""Verdicts that a book memoizes before it is read again, so that it does not grow for ever."""


def calendar_label(selected: PolicySelected) -> str:
    """The name of a calendar in rated lines, e.g. `business-hours@1 Europe/Berlin`."""
    return f"{selected.calendar}@{selected.calendar_version} {selected.zone}"


class Calendars(dict[str, Calendar]):
    """Published calendars by their label; each is compiled on first use. LookupError for one that does not exist."""

    def __init__(self, policies: PolicyBook) -> None:
        super().__init__()
        self._policies = policies

    def __missing__(self, label: str) -> Calendar:
        name, _, edition = label.rpartition("@")
        version, _, zone = edition.partition(" ")
        found = self[label] = calendar_named(self._policies, name, version, zone)
        return found


class Documents:
    """The book of a service's published policies, read again whenever one of them changes."""

    def __init__(self, policies: PolicyBook) -> None:
        self._policies, self._read = policies, (-1, _book(policies))

    def book(self) -> Book:
        """The book with every version published up to now."""
        revision, book = self._read
        if revision != self._policies.revision or len(book.memo) > MOST:
            revision, book = self._read = (self._policies.revision, _book(self._policies))
        return book


def documents_of(policies: Policies) -> Documents:
    """The documents of a service's policy book."""
    return cast(PolicyBook, policies).derived(Documents)


def _book(policies: PolicyBook) -> Book:
    return Book(
        Calendars(policies),
        {"": _versions(policies, "rate-card", RateCard)},
        _versions(policies, "billing-rules", BillingRules),
        terms_of(policies),
        every_agreement=False,
    )


def terms_of(policies: PolicyBook) -> list[Version[Terms]]:
    """Every version of the terms of every agreement, those of one agreement in the order of publication."""
    return [
        Version(ALWAYS if one.since is None else to_seconds(one.since), one.version, _terms(one.content))
        for name in policies.names
        if name.startswith(TERMS)
        for one in policies.editions(name)
        if one.retired is None and not one.version.startswith(IMPORT)
    ]


def _terms(content: Mapping[str, object]) -> Terms:
    return Terms.model_validate(content, context=RECORDED)


def _versions(policies: PolicyBook, name: str, kind: type[D]) -> Versions[D]:
    """The versions of a policy, each from its `effective_from`. A version takes the place of earlier publications that
    would come into force later.
    """
    found: list[Version[D]] = []
    for edition in live(policies.editions(name)):
        since = ALWAYS if edition.since is None else to_seconds(edition.since)
        kept = [one for one in found if one.since < since]
        found = [*kept, Version(since, edition.version, policies.document(kind, edition.version))]
    return Versions(found)


def live(editions: Iterable[Edition]) -> list[Edition]:
    """Editions that are neither retired nor bound to an import; the last one stays in force even when it is retired."""
    own = [one for one in editions if not one.version.startswith(IMPORT)]
    return [one for one in own if one.retired is None] or own[-1:]
