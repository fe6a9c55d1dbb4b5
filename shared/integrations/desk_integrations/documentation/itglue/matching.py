"""Finds terms in the titles and texts of items. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from desk_connectors.plain_text import lines_of
from desk_integrations.kinds.documentation import DocumentationHit, DocumentationItem, SearchTerms

BEFORE, EXCERPT = 60, 240


def hits_of(items: Iterable[DocumentationItem], terms: SearchTerms) -> list[DocumentationHit]:
    """The items in which any term is found: most terms first, then those found in the title, then the newest."""
    ranked = [(found, item) for item in items if (found := _found(item, terms))]
    ranked.sort(key=lambda one: (*_rank(*one), one[1].external))
    return [
        DocumentationHit(
            external=item.external,
            kind=item.kind,
            title=item.title,
            matched=found,
            excerpt=_excerpt(item.text, found),
            url=item.url,
            updated_at=item.updated_at,
        )
        for found, item in ranked
    ]


def _found(item: DocumentationItem, terms: SearchTerms) -> tuple[str, ...]:
    text = _folded(f"{item.title}\n{item.text}")
    return tuple(term for term in terms.terms if (wanted := _folded(term)) and wanted in text)


def _rank(found: tuple[str, ...], item: DocumentationItem) -> tuple[int, int, float]:
    title = _folded(item.title)
    updated = 0.0 if item.updated_at is None else item.updated_at.timestamp()
    return -len(found), -sum(_folded(term) in title for term in found), -updated


def _excerpt(text: str, found: tuple[str, ...]) -> str:
    """Some words around the first term; the beginning of the text if only the title matches."""
    line = " ".join(text.split())
    places = [place for term in found if (place := line.casefold().find(_folded(term))) >= 0]
    start = max(0, min(places, default=0) - BEFORE)
    return line[start : start + EXCERPT]


def _folded(text: str) -> str:
    return " ".join(" ".join(lines_of(text)).split()).casefold()
