"""Writes runbooks. Each step is found again by reading, so that a write that ended half-way is continued."""

from __future__ import annotations

from desk_connectors.http import VendorAnswerInvalid
from desk_connectors.itglue import Document, ItGlueWrites
from desk_integrations.documentation.itglue.sections import (
    changes_between,
    current_revision,
    is_ours,
    name_of,
    of_key,
    revision_of,
    sections_of,
)
from desk_integrations.documentation.itglue.translation import is_of, related_external
from desk_integrations.kinds.documentation import Runbook, RunbookConflict, WrittenRunbook

VENDOR = "itglue"


class RunbookWriter:
    """The runbooks of one account."""

    def __init__(self, client: ItGlueWrites) -> None:
        self._client = client

    async def write(
        self, organization: str, runbook: Runbook, base: str, configuration: str | None
    ) -> WrittenRunbook | RunbookConflict:
        """Create or change the document, publish it, relate it to the device.

        A base equal to the present revision was published; any other may be the rest of a write that ended half-way.
        Raises `VendorAnswerInvalid` if a look-up is not complete: a write after it might be a repeat.
        """
        found = await self._find(organization, runbook.key)
        document = found or await self._client.create_document(organization, name_of(runbook))
        current = await self._client.sections(document.id)
        _complete("sections of the runbook", current.unreadable, cut=current.cut)
        wanted = sections_of(runbook)
        external, revision = f"documents/{document.id}", revision_of(wanted)
        now = current_revision(current.records)
        if not is_ours(now, base, revision):
            return RunbookConflict(external=external, revision=now)
        changes = changes_between(current.records, wanted)
        for section, content in changes.changed:
            await self._client.change_section(document.id, section, content)
        for section in changes.removed:
            await self._client.remove_section(document.id, section)
        for place, new in changes.added:
            await self._client.add_section(document.id, new, place)
        if changes or base != revision or document.attributes.published is not True:
            await self._client.publish(document.id)
        if configuration is not None:
            await self._relate(document.id, configuration)
        return WrittenRunbook(external=external, revision=revision, url=document.attributes.resource_url)

    async def _find(self, organization: str, key: str) -> Document | None:
        listed = await self._client.documents(organization)
        _complete("list of documents", listed.rows.unreadable, cut=listed.rows.cut or not listed.foldered)
        return of_key((one for one in listed.rows.records if is_of(one, organization)), key)

    async def _relate(self, document: str, configuration: str) -> None:
        relations = await self._client.relations("documents", document)
        _complete("related items of the runbook", relations.unreadable, cut=relations.cut)
        if f"configurations/{configuration}" not in map(related_external, relations.records):
            await self._client.relate_configuration(document, configuration)


def _complete(what: str, unreadable: int, *, cut: bool) -> None:
    if unreadable or cut:
        raise VendorAnswerInvalid(VENDOR, what, "data", "not complete, so nothing is written after it")
