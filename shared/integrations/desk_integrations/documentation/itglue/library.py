"""Reads the documentation of one organisation. The vendor cannot search texts: they are kept, and searched here."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Sequence
from datetime import datetime
from typing import NamedTuple, TypeVar

from desk_connectors.http import RecordGone, VendorRefused
from desk_connectors.itglue import Asset, AssetField, Configuration, Document, ItGlue
from desk_connectors.reading import Rows
from desk_integrations.documentation.itglue.matching import hits_of
from desk_integrations.documentation.itglue.translation import (
    Owned,
    asset_text,
    configuration_text,
    missing,
    of_organization,
    restricted,
    sections_text,
    to_item,
)
from desk_integrations.kinds.documentation import DocumentationHits, DocumentationItem, SearchTerms
from desk_integrations.outcomes import Missing

T = TypeVar("T")
TEXTS_AT_ONCE = 20
"""Texts that one search reads: those of the documents that changed last. The next search reads the next ones."""
MOST_HITS = 50
MOST_CHARACTERS = 20_000_000
NO_RIGHT = (401, 403)


class Found(NamedTuple):
    """Items of one part of a search."""

    items: tuple[DocumentationItem, ...] = ()
    missing: tuple[Missing, ...] = ()
    foreign: int = 0


class Texts:
    """Texts of documents by id, with the time of the change that they are of; the longest unused are dropped first."""

    def __init__(self, most_characters: int = MOST_CHARACTERS) -> None:
        self._most = most_characters
        self._kept: OrderedDict[str, tuple[datetime, DocumentationItem]] = OrderedDict()
        self._characters = 0

    def find(self, record: Document) -> DocumentationItem | None:
        """The item with its text; None if it is not kept, or the document changed since."""
        at, item = self._kept.get(record.id, (None, None))
        if item is None or at != record.attributes.updated_at:
            return None
        self._kept.move_to_end(record.id)
        return to_item(record, item.text, item.missing)

    def keep(self, record: Document, item: DocumentationItem) -> None:
        """A document without a time of change is not kept."""
        self.drop(record.id)
        if record.attributes.updated_at is None:
            return
        self._kept[record.id] = (record.attributes.updated_at, item)
        self._characters += len(item.text)
        while self._characters > self._most:
            self.drop(next(iter(self._kept)))

    def drop(self, document: str) -> None:
        _, item = self._kept.pop(document, (None, None))
        self._characters -= len(item.text) if item is not None else 0


class Library:
    """The account's documentation by organisation. `asset_types` are the names of the kinds of assets to search."""

    def __init__(self, client: ItGlue, asset_types: Sequence[str]) -> None:
        self._client = client
        self._asset_types = tuple(asset_types)
        self._texts = Texts()

    async def search(self, organization: str, terms: SearchTerms) -> DocumentationHits:
        """`RecordGone` if the vendor lists no documents of the organisation: it is gone, or the module is off."""
        documents = await self._documents(organization)
        others = await asyncio.gather(
            _allowed("configurations", self._configurations(organization)),
            _allowed("flexible assets", self._assets(organization)),
        )
        parts = (documents, *others)
        hits = hits_of([item for part in parts for item in part.items], terms)
        cut = (Missing("hits", "cut", rows=len(hits) - MOST_HITS),) if len(hits) > MOST_HITS else ()
        return DocumentationHits(
            hits=tuple(hits[:MOST_HITS]),
            missing=(*(one for part in parts for one in part.missing), *cut),
            foreign=sum(part.foreign for part in parts),
        )

    async def item(self, record: Owned) -> DocumentationItem:
        """A record with its text. `RecordGone` when it was deleted meanwhile."""
        if isinstance(record, Document):
            return self._texts.find(record) or await self._read(record)
        if isinstance(record, Configuration):
            return to_item(record, configuration_text(record))
        _, fields = await self._client.asset_types()
        return to_item(record, asset_text(record, fields.records))

    async def _documents(self, organization: str) -> Found:
        listed = await self._client.documents(organization)
        own = of_organization(listed.rows.records, organization)
        documents = [record for record in own.records if isinstance(record, Document)]
        unread = [record for record in documents if self._texts.find(record) is None]
        unread.sort(key=_changed_at, reverse=True)
        read = dict(zip((one.id for one in unread), await self._read_all(unread[:TEXTS_AT_ONCE]), strict=False))
        left = len(unread) - len(read)
        items = [read[one.id] if one.id in read else self._texts.find(one) or to_item(one, "") for one in documents]
        present = [item for item in items if item is not None]
        lacking = [*missing("documents", listed.rows), *restricted(own.restricted)]
        if left:
            lacking.append(Missing("texts of documents", "cut", rows=left))
        if not listed.foldered:
            lacking.append(Missing("documents in folders", "refused"))
        return Found(tuple(present), (*lacking, *(part for item in present for part in item.missing)), own.foreign)

    async def _configurations(self, organization: str) -> Found:
        rows = await self._client.configurations(organization)
        own = of_organization(rows.records, organization)
        items = [to_item(one, configuration_text(one)) for one in own.records if isinstance(one, Configuration)]
        return Found(tuple(items), (*missing("configurations", rows), *restricted(own.restricted)), own.foreign)

    async def _assets(self, organization: str) -> Found:
        if not self._asset_types:
            return Found()
        types, fields = await self._client.asset_types()
        ids = {one.attributes.name: one.id for one in types.records}
        absent = tuple(Missing(f"flexible assets {name}", "refused") for name in self._asset_types if name not in ids)
        wanted = [ids[name] for name in self._asset_types if name in ids]
        pages = await asyncio.gather(*(self._client.assets(organization, one) for one in wanted))
        found = [_assets_of(page, organization, fields.records) for page in pages]
        lacking = (*absent, *(one for part in found for one in part.missing))
        return Found(tuple(item for part in found for item in part.items), lacking, sum(part.foreign for part in found))

    async def _read_all(self, documents: Sequence[Document]) -> list[DocumentationItem | None]:
        """The documents with their texts; None for one that was deleted since it was listed."""

        async def present(record: Document) -> DocumentationItem | None:
            try:
                return await self._read(record)
            except RecordGone:
                return None

        return list(await asyncio.gather(*map(present, documents)))

    async def _read(self, record: Document) -> DocumentationItem:
        """The document with its text. Nothing is kept of a document whose text was not read in full."""
        sections = await self._client.sections(record.id)
        item = to_item(record, sections_text(sections), missing("sections", sections))
        if not item.missing:
            self._texts.keep(record, item)
        return item


async def _allowed(part: str, work: Awaitable[Found]) -> Found:
    """The part, or that the key has no right to it."""
    try:
        return await work
    except RecordGone:
        return Found(missing=(Missing(part, "refused"),))
    except VendorRefused as refused:
        if refused.status not in NO_RIGHT:
            raise
        return Found(missing=(Missing(part, "forbidden"),))


def _assets_of(rows: Rows[Asset], organization: str, fields: Sequence[AssetField]) -> Found:
    own = of_organization(rows.records, organization)
    items = [to_item(one, asset_text(one, fields)) for one in own.records if isinstance(one, Asset)]
    return Found(tuple(items), (*missing("flexible assets", rows), *restricted(own.restricted)), own.foreign)


def _changed_at(record: Document) -> float:
    at = record.attributes.updated_at
    return 0.0 if at is None else at.timestamp()
