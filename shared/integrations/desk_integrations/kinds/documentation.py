"""The documentation port: search of a client's documentation, one item, items related to a device, runbooks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from desk_integrations.outcomes import Missing, Outcome, parts
from desk_integrations.port import Port

ItemKind = Literal["document", "record", "configuration"]
BlockKind = Literal["heading", "text"]
KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,39}")
SHORTEST_TERM, MOST_TERMS = 2, 10
LONGEST_TITLE, LONGEST_BLOCK, MOST_BLOCKS = 200, 20_000, 50


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentationCapabilities:
    """The abilities of a vendor, as data.

    `searches` lists the kinds of items that a search reads. `unavailable` lists those that it does not; the absence of
    hits never counts as clear for them. `writes` lists what the desk may write.
    """

    searches: tuple[ItemKind, ...]
    unavailable: tuple[ItemKind, ...] = ()
    writes: tuple[Literal["runbook"], ...] = ()


@dataclass(frozen=True, slots=True)
class SearchTerms:
    """Words or phrases, any of which may match, without regard to case. ValueError for none, or for one too short."""

    terms: tuple[str, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.terms) <= MOST_TERMS:
            raise ValueError(f"terms: give 1 to {MOST_TERMS}")
        if any(len(term.strip()) < SHORTEST_TERM for term in self.terms):
            raise ValueError(f"terms: give at least {SHORTEST_TERM} characters each")


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentationHit:
    """An item that matches. `external` is accepted by `document`; `matched` lists the terms that were found in it.

    `title` and `excerpt`, the text around the first match, are free text, to be sealed.
    """

    external: str
    kind: ItemKind
    title: str
    matched: tuple[str, ...]
    excerpt: str = ""
    url: str = ""
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentationHits:
    """Source of `documentation-searched`: the best match first. `foreign` counts dropped rows of other clients."""

    hits: tuple[DocumentationHit, ...]
    missing: tuple[Missing, ...] = ()
    foreign: int = 0

    @property
    def unreported(self) -> tuple[str, ...]:
        """The parts of the search that did not answer, or not in full."""
        return parts(self.missing)


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentationItem:
    """One item of the client with its plain text, free of mark-up and passwords; free text, to be sealed.

    `published` is None if the vendor does not say. `missing` names parts of the text that could not be read.
    """

    external: str
    kind: ItemKind
    title: str
    text: str
    url: str = ""
    updated_at: datetime | None = None
    published: bool | None = None
    missing: tuple[Missing, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RelatedItem:
    """An item that the vendor relates to a device."""

    external: str
    kind: ItemKind
    title: str
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RelatedItems:
    """The items of the same client that are related to a device. `foreign` counts dropped items of other clients."""

    items: tuple[RelatedItem, ...]
    missing: tuple[Missing, ...] = ()
    foreign: int = 0


@dataclass(frozen=True, slots=True)
class RunbookBlock:
    """A heading, or a text whose lines are paragraphs."""

    kind: BlockKind
    text: str

    def __post_init__(self) -> None:
        if not self.text.strip() or len(self.text) > LONGEST_BLOCK:
            raise ValueError(f"blocks: give each a text of 1 to {LONGEST_BLOCK} characters")


@dataclass(frozen=True, slots=True, kw_only=True)
class Runbook:
    """A runbook of the desk. `key` identifies it at the vendor for ever; `device` is one that it is about.

    ValueError names the field that cannot be used.
    """

    key: str
    title: str
    blocks: tuple[RunbookBlock, ...]
    device: str | None = None

    def __post_init__(self) -> None:
        if not KEY.fullmatch(self.key):
            raise ValueError("key: give 1 to 40 letters, digits and hyphens")
        if not self.title.strip() or len(self.title) > LONGEST_TITLE:
            raise ValueError(f"title: give 1 to {LONGEST_TITLE} characters")
        if not 1 <= len(self.blocks) <= MOST_BLOCKS:
            raise ValueError(f"blocks: give 1 to {MOST_BLOCKS}")


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenRunbook:
    """A runbook as the vendor now has it, published. `revision` is the base of the next write."""

    external: str
    revision: str
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunbookConflict:
    """Somebody else changed the runbook since the base, and nothing was written.

    A write with `revision` as its base replaces their text.
    """

    external: str
    revision: str


class Documentation(Port, Protocol):
    """One documentation system. Clients and devices are the desk's ids. No method raises; each ends by its deadline."""

    @property
    def capabilities(self) -> DocumentationCapabilities: ...

    async def search(self, client: str, terms: SearchTerms) -> Outcome[DocumentationHits]:
        """The items of the client in which any of the terms is found."""
        ...

    async def document(self, client: str, external: str) -> Outcome[DocumentationItem]:
        """One item of the client, by the id that a search or `related` answered."""
        ...

    async def related(self, client: str, device: str) -> Outcome[RelatedItems]:
        """The items that are related to the client's device."""
        ...

    async def upsert_runbook(
        self, client: str, runbook: Runbook, base: str = ""
    ) -> Outcome[WrittenRunbook | RunbookConflict]:
        """Create the runbook, or bring it from `base`, the revision last written, to this content.

        The vendor is asked for the runbook's key before anything is written, so that a call whose outcome is unknown
        may be repeated: it continues where the first one ended.
        """
        ...
