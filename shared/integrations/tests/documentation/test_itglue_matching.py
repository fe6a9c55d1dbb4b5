"""Matches of terms in items: order of the hits, folding of text, excerpts."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from desk_integrations.documentation.itglue.matching import BEFORE, EXCERPT, hits_of
from desk_integrations.kinds.documentation import DocumentationItem, SearchTerms


def item(external: str, title: str, text: str = "", day: int | None = None) -> DocumentationItem:
    at = None if day is None else datetime(2026, 3, day, tzinfo=UTC)
    return DocumentationItem(external=external, kind="document", title=title, text=text, updated_at=at)


def test_more_terms_come_first_then_titles_then_the_newest() -> None:
    items = [
        item("documents/1", "Printers", "stock sync fails", 9),
        item("documents/2", "Stock", "", 1),
        item("documents/3", "Notes", "stock only", 2),
        item("documents/4", "Notes", "stock only", 5),
        item("documents/5", "Notes", "stock only"),
        item("documents/6", "Nothing here", "at all", 9),
    ]
    found = hits_of(items, SearchTerms(("stock", "sync")))
    assert [hit.external.rpartition("/")[2] for hit in found] == ["1", "2", "4", "3", "5"]
    assert [hit.matched for hit in found[:2]] == [("stock", "sync"), ("stock",)]


@pytest.mark.parametrize("term", ["ACME stock", "acme  STOCK", "Acme\nstock"])
def test_case_and_white_space_make_no_difference(term: str) -> None:
    (hit,) = hits_of([item("documents/1", "Release", "The Acme\n Stock app")], SearchTerms((term,)))
    assert (hit.matched, hit.excerpt) == ((term,), "The Acme Stock app")


def test_an_excerpt_is_the_text_around_the_first_match() -> None:
    text = f"{'a ' * 200}needle {'b ' * 200}"
    (hit,) = hits_of([item("documents/1", "Long", text)], SearchTerms(("needle",)))
    assert len(hit.excerpt) == EXCERPT
    assert hit.excerpt.index("needle") == BEFORE


def test_a_match_in_the_title_alone_gives_the_beginning_of_the_text() -> None:
    (hit,) = hits_of([item("documents/1", "Stock", "First words")], SearchTerms(("stock",)))
    assert hit.excerpt == "First words"
