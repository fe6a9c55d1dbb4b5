"""The reads of one IT Glue account."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple, TypeVar

import msgspec

from desk_connectors.http.caller import VendorHttp
from desk_connectors.http.errors import VendorRefused
from desk_connectors.itglue.records import (
    VENDOR,
    Asset,
    AssetField,
    AssetType,
    Configuration,
    Document,
    Organization,
    Relation,
    Section,
)
from desk_connectors.itglue.session import Session
from desk_connectors.itglue.settings import ItGlueSettings
from desk_connectors.json_api import Listed, every_page
from desk_connectors.reading import Rows, read_record, read_rows

R = TypeVar("R", bound=msgspec.Struct)
MOST_PAGES = 100
RELATED = "related-items"
ALL_FOLDERS: tuple[dict[str, str], ...] = (
    {"filter[document_folder_id]": "null"},
    {"filter[document_folder_id][ne]": ""},
)
"""Both include documents in folders; tenants that refuse the first form take the second."""
BAD_FILTER = (400, 422)


class DocumentList(NamedTuple):
    """The documents of an organisation. `foldered` is False if the vendor lists only those outside of folders."""

    rows: Rows[Document]
    foldered: bool


class ItGlue:
    """The reads that we make at the account. Errors are those of `desk_connectors.http`.

    Lists leave out rows that cannot be read and count them. Compare the organisation of every row: the vendor ignores a
    filter that it does not know, and answers the rows of every organisation. `http` is closed by its owner.
    """

    def __init__(self, settings: ItGlueSettings, http: VendorHttp, key: Callable[[], str]) -> None:
        self.settings = settings
        self._session = Session(settings, http, key)

    async def verify(self) -> None:
        """A harmless read. Raises `VendorRefused` with status 401 or 403 for a key that is not accepted."""
        await self._session.get("/organizations", {"page[size]": "1"})

    async def organization(self, organization: str) -> Organization:
        """One organisation. `RecordGone` when it is not there."""
        return await self._one(Organization, f"/organizations/{organization}")

    async def documents(self, organization: str) -> DocumentList:
        """The documents of an organisation. There is no filter by name or time."""
        path = f"/organizations/{organization}/relationships/documents"
        for form in ALL_FOLDERS:
            try:
                return DocumentList(await self._all(Document, path, form), foldered=True)
            except VendorRefused as refused:
                if refused.status not in BAD_FILTER:
                    raise
        return DocumentList(await self._all(Document, path, {}), foldered=False)

    async def document(self, document: str) -> Document:
        return await self._one(Document, f"/documents/{document}")

    async def sections(self, document: str) -> Rows[Section]:
        """The parts of a document's text, in their order."""
        found = await self._all(Section, f"/documents/{document}/relationships/sections", {"sort": "sort"})
        ordered = sorted(found.records, key=lambda one: (one.attributes.sort, int(one.id)))
        return found._replace(records=tuple(ordered))

    async def configurations(self, organization: str) -> Rows[Configuration]:
        """Every device of an organisation that is not archived."""
        path = f"/organizations/{organization}/relationships/configurations"
        return await self._all(Configuration, path, {"filter[archived]": "false"})

    async def configuration(self, configuration: str) -> Configuration:
        return await self._one(Configuration, f"/configurations/{configuration}")

    async def asset_types(self) -> tuple[Rows[AssetType], Rows[AssetField]]:
        """The kinds of flexible assets in use, and their fields."""
        path, params = "/flexible_asset_types", {"filter[enabled]": "true", "include": "flexible_asset_fields"}
        listed = await self._listed(path, params)
        return _rows(AssetType, listed), read_rows(VENDOR, AssetField, listed.included)

    async def assets(self, organization: str, asset_type: str) -> Rows[Asset]:
        """The flexible assets of one kind of an organisation."""
        params = {"filter[flexible_asset_type_id]": asset_type, "filter[organization_id]": organization}
        return await self._all(Asset, "/flexible_assets", params)

    async def asset(self, asset: str) -> Asset:
        return await self._one(Asset, f"/flexible_assets/{asset}")

    async def relations(self, resource: Literal["configurations", "documents"], key: str) -> Rows[Relation]:
        """The items that are related to a resource. `RecordGone` when it is not there."""
        document = await self._session.get(f"/{resource}/{key}", {"include": "related_items"})
        included = document.get("included", [])
        rows = included if isinstance(included, list) else []
        related = [row for row in rows if isinstance(row, dict) and row.get("type") == RELATED]
        return read_rows(VENDOR, Relation, related)

    async def _one(self, kind: type[R], path: str) -> R:
        return read_record(VENDOR, kind, (await self._session.get(path))["data"])

    async def _all(self, kind: type[R], path: str, params: Mapping[str, str]) -> Rows[R]:
        """Every row of a list, each once."""
        return _rows(kind, await self._listed(path, params))

    async def _listed(self, path: str, params: Mapping[str, str]) -> Listed:
        asked = {**params, "page[size]": str(self.settings.page_size)}
        return await every_page(VENDOR, self._session, path, asked, most_pages=MOST_PAGES, is_last=_is_last)


def _rows(kind: type[R], listed: Listed) -> Rows[R]:
    return read_rows(VENDOR, kind, listed.data)._replace(cut=listed.cut)


def _is_last(document: Mapping[str, object]) -> bool:
    """The list goes on only if `meta.next-page` is there beside `links.next`."""
    meta = document.get("meta")
    return not (isinstance(meta, dict) and meta.get("next-page"))
