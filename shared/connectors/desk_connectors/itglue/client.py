"""The reads of one IT Glue account."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple, TypeVar

import msgspec

from desk_connectors.http.caller import VendorHttp
from desk_connectors.http.errors import VendorAnswerInvalid, VendorRefused
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
        fields: list[Rows[AssetField]] = []

        def read_fields(rows: object) -> None:
            fields.append(read_rows(VENDOR, AssetField, rows))

        types = await self._all(AssetType, path, params, read_fields)
        records = tuple(field for page in fields for field in page.records)
        return types, Rows(records, sum(page.unreadable for page in fields))

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

    async def _all(
        self,
        kind: type[R],
        path: str,
        params: Mapping[str, str],
        included: Callable[[object], object] = lambda rows: None,
    ) -> Rows[R]:
        """Every row of a list, each once; `included` is called with the included resources of each page."""
        document = await self._session.get(path, {**params, "page[size]": str(self.settings.page_size)})
        found: dict[object, R] = {}
        unreadable, followed = 0, set[str]()
        while True:
            rows = read_rows(VENDOR, kind, document["data"])
            unreadable += rows.unreadable
            found |= {key: row for row in rows.records if (key := getattr(row, "id", None)) not in found}
            included(document.get("included", []))
            link = _next(document)
            if link is None or len(followed) >= MOST_PAGES:
                return Rows(tuple(found.values()), unreadable, cut=link is not None)
            if link in followed:
                raise VendorAnswerInvalid(VENDOR, f"GET {path}", "links.next", "repeats a page")
            followed.add(link)
            document = await self._session.follow(link)


def _next(document: Mapping[str, object]) -> str | None:
    """The address of the next page: the list goes on if both `meta.next-page` and `links.next` are there."""
    meta, links = document.get("meta"), document.get("links")
    page = meta.get("next-page") if isinstance(meta, dict) else None
    link = links.get("next") if isinstance(links, dict) else None
    if link is not None and not isinstance(link, str):
        raise VendorAnswerInvalid(VENDOR, "list", "links.next", "not a text")
    return link if page and link else None
