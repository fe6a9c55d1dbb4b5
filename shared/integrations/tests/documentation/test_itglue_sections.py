"""Runbooks as sections: text stays text, changes are minimal, other people's changes are found."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk_connectors.itglue import Document, NewSection, Section
from desk_connectors.itglue.records import DocumentAttributes, SectionAttributes
from desk_integrations.documentation.itglue.sections import (
    HEADING,
    TEXT,
    changes_between,
    current_revision,
    is_ours,
    name_of,
    of_key,
    revision_of,
    sections_of,
)
from desk_integrations.kinds.documentation import Runbook, RunbookBlock

WORDS = st.text("abc <>&\n", min_size=1, max_size=12).filter(str.strip)
BLOCKS = st.lists(st.builds(RunbookBlock, st.sampled_from(["heading", "text"]), WORDS), min_size=1, max_size=6)


def runbook(*blocks: tuple[str, str]) -> Runbook:
    made = tuple(RunbookBlock("heading" if kind == "h" else "text", text) for kind, text in blocks)
    return Runbook(key="rb-1", title="Release  steps", blocks=made)


def present(sections: Sequence[NewSection]) -> list[Section]:
    """The sections as the vendor has them after they were written."""
    return [
        Section(id=str(100 + place), attributes=SectionAttributes(resource_type=one.resource_type, content=one.content))
        for place, one in enumerate(sections)
    ]


def document(key: str, name: str) -> Document:
    return Document(id=key, attributes=DocumentAttributes(organization_id=1, name=name))


def applied(current: Sequence[Section], wanted: Sequence[NewSection]) -> list[tuple[str, str]]:
    """Type and content of the sections after the changes, carried out as the writer does."""
    changes = changes_between(current, wanted)
    changed, removed = dict(changes.changed), set(changes.removed)
    kept = [one for one in current if one.id not in removed]
    rows = [(one.attributes.resource_type, changed.get(one.id, one.attributes.content)) for one in kept]
    assert [place for place, _ in changes.added] == list(range(len(rows) + 1, len(rows) + len(changes.added) + 1))
    return rows + [(new.resource_type, new.content) for _, new in changes.added]


def test_every_character_of_a_block_is_text() -> None:
    heading, text = sections_of(runbook(("h", "Stop <b>now</b>\n& wait"), ("t", "One <script>\n\n  two & three")))
    assert heading == NewSection(HEADING, "Stop &lt;b&gt;now&lt;/b&gt; &amp; wait", 2)
    assert text == NewSection(TEXT, "<p>One &lt;script&gt;</p><p>two &amp; three</p>")


def test_the_same_text_in_other_html_is_no_change() -> None:
    wanted = sections_of(runbook(("t", "One & two")))
    current = present([NewSection(TEXT, "<div><p>One &#38; two</p></div>")])
    assert not changes_between(current, wanted)
    assert current_revision(current) == revision_of(wanted)


def test_sections_are_changed_in_place_until_the_type_differs() -> None:
    current = present(sections_of(runbook(("h", "A"), ("t", "old"), ("t", "B"), ("t", "C"))))
    changes = changes_between(current, sections_of(runbook(("h", "A"), ("t", "new"), ("h", "B"))))
    assert changes.changed == (("101", "<p>new</p>"),)
    assert changes.removed == ("103", "102")
    assert changes.added == ((3, NewSection(HEADING, "B", 2)),)


@given(BLOCKS, BLOCKS)
def test_the_changes_lead_from_any_runbook_to_any_other(before: list[RunbookBlock], after: list[RunbookBlock]) -> None:
    old, new = (Runbook(key="rb-1", title="x", blocks=tuple(blocks)) for blocks in (before, after))
    current, wanted = present(sections_of(old)), sections_of(new)
    rows = applied(current, wanted)
    assert revision_of(NewSection(*row) for row in rows) == revision_of(wanted)
    assert not changes_between(present([NewSection(*row) for row in rows]), wanted)


@pytest.mark.parametrize(
    ("now", "ours"),
    [("", True), ("a.b", True), ("a.c", True), ("c.d", True), ("a.x", False), ("x", False)],
)
def test_a_section_that_is_of_neither_text_was_written_by_somebody_else(now: str, *, ours: bool) -> None:
    assert is_ours(now, "a.b", "c.d") is ours


def test_a_document_is_found_by_its_key_whatever_its_title() -> None:
    assert name_of(runbook(("t", "x"))) == "Release steps [rb-1]"
    documents = [
        document("30", "Renamed by people [rb-1] "),
        document("4", "Older [rb-1]"),
        document("2", "[rb-1] not at the end"),
        document("1", "Other [rb-11]"),
    ]
    found = of_key(documents, "rb-1")
    assert found is not None and found.id == "4"
    assert of_key(documents, "rb-2") is None
