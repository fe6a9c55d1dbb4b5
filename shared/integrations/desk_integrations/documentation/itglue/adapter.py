"""The documentation port over one IT Glue account. A client is an organisation of the account."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from desk_connectors.http import RecordGone, VendorRefused
from desk_connectors.http.credentials import CredentialsRefused
from desk_connectors.itglue import ItGlueWrites
from desk_integrations.client_scope import ClientScope
from desk_integrations.documentation.itglue.library import Library
from desk_integrations.documentation.itglue.runbooks import RunbookWriter
from desk_integrations.documentation.itglue.translation import (
    EXTERNAL,
    Owned,
    is_of,
    missing,
    of_organization,
    related_external,
    restricted,
    to_related,
)
from desk_integrations.guard import Guard
from desk_integrations.identity import IdentityMap
from desk_integrations.instances.document import Instance
from desk_integrations.kinds.documentation import (
    DocumentationCapabilities,
    DocumentationHits,
    DocumentationItem,
    RelatedItems,
    Runbook,
    RunbookConflict,
    SearchTerms,
    WrittenRunbook,
)
from desk_integrations.outcomes import Empty, Missing, NotMapped, Outcome, Reachable, Unknown

T = TypeVar("T")
ID = re.compile(r"[1-9][0-9]{0,17}")
REFUSED_KEY = (401, 403)
"""The vendor's reference answers 403 for a wrong key, others saw 401. The harmless read needs no further right."""
MOST_RELATED = 30


class ItGlueDocumentation:
    """`kinds.documentation.Documentation` over an account. Mapped ids that are no ids of the vendor are never sent."""

    def __init__(
        self,
        *,
        instance: Instance,
        client: ItGlueWrites,
        asset_types: Sequence[str],
        identity: IdentityMap,
        guard: Guard,
        closing: Callable[[], Awaitable[None]],
    ) -> None:
        self._instance, self._client, self._guard = instance, client, guard
        self._library, self._runbooks = Library(client, asset_types), RunbookWriter(client)
        self._clients = ClientScope(instance, identity, guard, _usable, self._verify)
        self._asset_types, self._closing = tuple(asset_types), closing

    @property
    def instance(self) -> str:
        return self._instance.id

    @property
    def capabilities(self) -> DocumentationCapabilities:
        if self._asset_types:
            return DocumentationCapabilities(searches=("document", "record", "configuration"), writes=("runbook",))
        return DocumentationCapabilities(
            searches=("document", "configuration"), unavailable=("record",), writes=("runbook",)
        )

    async def search(self, client: str, terms: SearchTerms) -> Outcome[DocumentationHits]:
        async def work(organization: str) -> Outcome[DocumentationHits]:
            try:
                found = await self._library.search(organization, terms)
            except RecordGone:
                return await self._without_documents(organization)
            return found if found.hits or found.missing or found.foreign else Empty()

        return await self._run(client, work)

    async def document(self, client: str, external: str) -> Outcome[DocumentationItem]:
        async def work(organization: str) -> Outcome[DocumentationItem]:
            if not EXTERNAL.fullmatch(external):
                return NotMapped("document")
            try:
                record = await self._record(external)
                if not is_of(record, organization):
                    return NotMapped("document", "foreign")
                return Unknown("forbidden") if record.attributes.restricted else await self._library.item(record)
            except RecordGone:
                return NotMapped("document", "gone")

        return await self._run(client, work)

    async def related(self, client: str, device: str) -> Outcome[RelatedItems]:
        async def work(organization: str) -> Outcome[RelatedItems]:
            configuration = await self._configuration(client, organization, device)
            if isinstance(configuration, NotMapped):
                return configuration
            relations = await self._client.relations("configurations", configuration)
            listed = dict.fromkeys(one for row in relations.records if (one := related_external(row)) is not None)
            records = await asyncio.gather(*map(self._present, list(listed)[:MOST_RELATED]))
            own = of_organization([one for one in records if one is not None], organization)
            lacking = (*missing("related items", relations), *restricted(own.restricted))
            if len(listed) > MOST_RELATED:
                lacking = (*lacking, Missing("related items", "cut", rows=len(listed) - MOST_RELATED))
            items = tuple(map(to_related, own.records))
            found = RelatedItems(items=items, missing=lacking, foreign=own.foreign)
            return found if items or lacking or own.foreign else Empty()

        return await self._run(client, work)

    async def upsert_runbook(
        self, client: str, runbook: Runbook, base: str = ""
    ) -> Outcome[WrittenRunbook | RunbookConflict]:
        async def work(organization: str) -> Outcome[WrittenRunbook | RunbookConflict]:
            configuration: str | NotMapped | None = None
            if runbook.device is not None:
                configuration = await self._configuration(client, organization, runbook.device)
            if isinstance(configuration, NotMapped):
                return configuration
            return await self._runbooks.write(organization, runbook, base, configuration)

        return await self._run(client, work)

    async def check(self) -> Outcome[Reachable]:
        async def work() -> Outcome[Reachable]:
            await self._verify()
            return Reachable()

        return await self._guard.run(work)

    async def aclose(self) -> None:
        await self._closing()

    async def _run(self, client: str, work: Callable[[str], Awaitable[Outcome[T]]]) -> Outcome[T]:
        """The outcome of `work`. A refusal is doubted: a missing right and a wrong key answer the same."""

        async def doubted(organization: str) -> Outcome[T]:
            try:
                return await work(organization)
            except VendorRefused as refused:
                if refused.status in REFUSED_KEY:
                    await self._verify()
                    return Unknown("forbidden")
                raise

        return await self._clients.run(client, doubted)

    async def _verify(self) -> None:
        """The harmless read. `CredentialsRefused` if the key is not accepted."""
        try:
            await self._client.verify()
        except VendorRefused as refused:
            if refused.status not in REFUSED_KEY:
                raise
            raise CredentialsRefused(refused.vendor, refused.operation, status=refused.status or 401) from refused

    async def _without_documents(self, organization: str) -> NotMapped | Unknown:
        """The list of documents is missing (404): the organisation is gone, or the account has no documents module."""
        try:
            await self._client.organization(organization)
        except RecordGone:
            return NotMapped("client", "gone")
        return Unknown("forbidden")

    async def _configuration(self, client: str, organization: str, device: str) -> str | NotMapped:
        """The id of the client's device, or why there is none: not mapped, gone, or another organisation's."""
        external = await self._clients.device(client, device)
        if external is None:
            return NotMapped("device")
        try:
            found = await self._client.configuration(external)
        except RecordGone:
            return NotMapped("device", "gone")
        return external if is_of(found, organization) else NotMapped("device", "foreign")

    async def _present(self, external: str) -> Owned | None:
        """A related item; None if it was deleted meanwhile."""
        try:
            return await self._record(external)
        except RecordGone:
            return None

    async def _record(self, external: str) -> Owned:
        path, _, key = external.partition("/")
        if path == "documents":
            return await self._client.document(key)
        return await (self._client.asset(key) if path == "flexible_assets" else self._client.configuration(key))


def _usable(external: str | None) -> str | None:
    return external if external is not None and ID.fullmatch(external) else None
