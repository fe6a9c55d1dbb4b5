"""A runbook as sections of a document, and the smallest changes that lead there. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from html import escape
from typing import NamedTuple

from desk_connectors.itglue import Document, NewSection, Section
from desk_integrations.documentation.itglue.translation import plain
from desk_integrations.kinds.documentation import Runbook, RunbookBlock

HEADING, TEXT = "Document::Heading", "Document::Text"
HEADING_LEVEL = 2
SEPARATOR, DIGITS = ".", 16


class Changes(NamedTuple):
    """`changed` are (section id, content), `removed` ids, `added` sections with their place in the order."""

    changed: tuple[tuple[str, str], ...]
    removed: tuple[str, ...]
    added: tuple[tuple[int, NewSection], ...]

    def __bool__(self) -> bool:
        return any(self)


def name_of(runbook: Runbook) -> str:
    """The document's name. It ends with the runbook's key, by which it is found again: the vendor has no other place
    that is written in the same call that creates the document."""
    return f"{' '.join(runbook.title.split())} [{runbook.key}]"


def of_key(documents: Iterable[Document], key: str) -> Document | None:
    """The runbook's document, also if people changed its title. Of several the oldest."""
    found = [one for one in documents if one.attributes.name.rstrip().endswith(f"[{key}]")]
    return min(found, key=lambda one: int(one.id), default=None)


def sections_of(runbook: Runbook) -> tuple[NewSection, ...]:
    """The blocks as HTML; every character of theirs is text."""
    return tuple(map(_section, runbook.blocks))


def revision_of(sections: Iterable[NewSection]) -> str:
    """A digest per section. It compares plain text, because the vendor may write the same text in other HTML."""
    return SEPARATOR.join(_digest(one.resource_type, one.content) for one in sections)


def current_revision(sections: Iterable[Section]) -> str:
    return SEPARATOR.join(_digest(one.attributes.resource_type, one.attributes.content) for one in sections)


def is_ours(current: str, base: str, wanted: str) -> bool:
    """Whether every section is one of the base or of the wanted text, as after a write that ended half-way."""
    return set(current.split(SEPARATOR)) - {""} <= {*base.split(SEPARATOR), *wanted.split(SEPARATOR)}


def changes_between(current: Sequence[Section], wanted: Sequence[NewSection]) -> Changes:
    """Sections are changed in place up to the first whose type differs; from there on they are removed and added."""
    types = [(one.attributes.resource_type, new.resource_type) for one, new in zip(current, wanted, strict=False)]
    kept = next((place for place, (now, then) in enumerate(types) if now != then), len(types))
    changed = tuple(
        (one.id, new.content)
        for one, new in zip(current[:kept], wanted[:kept], strict=True)
        if plain(one.attributes.content) != plain(new.content)
    )
    removed = tuple(one.id for one in reversed(current[kept:]))
    return Changes(changed, removed, tuple(enumerate(wanted[kept:], start=kept + 1)))


def _section(block: RunbookBlock) -> NewSection:
    lines = [line for line in block.text.splitlines() if line.strip()]
    if block.kind == "heading":
        return NewSection(HEADING, escape(" ".join(" ".join(lines).split()), quote=False), HEADING_LEVEL)
    return NewSection(TEXT, "".join(f"<p>{escape(line.strip(), quote=False)}</p>" for line in lines))


def _digest(resource_type: str, content: str) -> str:
    return hashlib.sha256(f"{resource_type}\n{plain(content)}".encode()).hexdigest()[:DIGITS]
