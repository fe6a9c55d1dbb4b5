"""The writes of one IT Glue account: a document is a draft, then its sections, then published."""

from __future__ import annotations

from typing import NamedTuple

from desk_connectors.itglue.client import ItGlue
from desk_connectors.itglue.records import VENDOR, Document, Section
from desk_connectors.reading import read_record

DOCUMENTS, SECTIONS, RELATIONS = "documents", "document-sections", "related_items"


class NewSection(NamedTuple):
    """A section as it is written. `content` is HTML; `level` is 1 to 6 for headings, None for others."""

    resource_type: str
    content: str
    level: int | None = None


class ItGlueWrites(ItGlue):
    """The writes beside the reads. None is repeated here; `OutcomeUnknown` means that it may have been carried out."""

    async def create_document(self, organization: str, name: str) -> Document:
        """A new draft without text."""
        path = f"/organizations/{organization}/relationships/documents"
        attributes = {"organization-id": int(organization), "name": name}
        answer = await self._session.write("POST", path, DOCUMENTS, attributes)
        return read_record(VENDOR, Document, answer["data"])

    async def add_section(self, document: str, section: NewSection, sort: int) -> Section:
        """A new section of a document, at a place in its order."""
        level = {} if section.level is None else {"level": section.level}
        attributes = {"resource_type": section.resource_type, "content": section.content, "sort": sort, **level}
        path = f"/documents/{document}/relationships/sections"
        return read_record(VENDOR, Section, (await self._session.write("POST", path, SECTIONS, attributes))["data"])

    async def change_section(self, document: str, section: str, content: str) -> None:
        """Another content; the type of a section cannot change."""
        path = f"/documents/{document}/relationships/sections/{section}"
        await self._session.write("PATCH", path, SECTIONS, {"content": content})

    async def remove_section(self, document: str, section: str) -> None:
        await self._session.act("DELETE", f"/documents/{document}/relationships/sections/{section}")

    async def publish(self, document: str) -> None:
        """The draft, or the changes since, become what users see."""
        await self._session.act("PATCH", f"/documents/{document}/publish")

    async def relate_configuration(self, document: str, configuration: str) -> None:
        """The document is related to a device."""
        attributes = {"destination_id": int(configuration), "destination_type": "Configuration"}
        path = f"/documents/{document}/relationships/related_items"
        await self._session.write("POST", path, RELATIONS, attributes)
