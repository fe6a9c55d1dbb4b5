"""From the vendor's records to the port's, without I/O."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC
from typing import NamedTuple, TypeVar

import msgspec

from desk_connectors.itglue import Asset, AssetField, Configuration, Document, Relation, Section
from desk_connectors.plain_text import lines_of
from desk_connectors.reading import Rows
from desk_integrations.kinds.documentation import DocumentationItem, ItemKind, RelatedItem
from desk_integrations.outcomes import Missing

R = TypeVar("R", bound=msgspec.Struct)
Owned = Document | Asset | Configuration
EXTERNAL = re.compile(r"(documents|flexible_assets|configurations)/([0-9]{1,18})")
KINDS: Mapping[str, ItemKind] = {
    "documents": "document",
    "flexible_assets": "record",
    "configurations": "configuration",
}
TYPES = {"document": "documents", "flexibleasset": "flexible_assets", "configuration": "configurations"}
"""The vendor's types of related items, in any spelling, and their paths. Others are no documentation."""
READABLE = frozenset({"Text", "Textbox", "Select", "Number", "Date", "Percent", "Checkbox"})
"""Kinds of fields whose values are read. Passwords, files and references are not."""
LONGEST_TEXT = 200_000
RESTRICTED = "restricted"


class Owner(NamedTuple):
    """The rows of one organisation that anybody in the account may see; `foreign` and `restricted` count the others."""

    records: tuple[Owned, ...]
    restricted: int
    foreign: int


def of_organization(records: Iterable[Owned], organization: str) -> Owner:
    """The rows that belong to the organisation, whatever the vendor's filter answered. Archived rows are left out."""
    rows = list(records)
    own = [record for record in rows if is_of(record, organization)]
    kept = [record for record in own if not record.attributes.archived]
    visible = tuple(record for record in kept if not record.attributes.restricted)
    return Owner(visible, len(kept) - len(visible), len(rows) - len(own))


def is_of(record: Owned, organization: str) -> bool:
    return str(record.attributes.organization_id) == organization


def external_of(record: Owned) -> str:
    """The id of an item at the port: the path of its resource, since ids of two types may be equal."""
    if isinstance(record, Document):
        return f"documents/{record.id}"
    return f"flexible_assets/{record.id}" if isinstance(record, Asset) else f"configurations/{record.id}"


def kind_of(external: str) -> ItemKind:
    return KINDS[external.partition("/")[0]]


def to_item(record: Owned, text: str, missing: tuple[Missing, ...] = ()) -> DocumentationItem:
    external, attributes = external_of(record), record.attributes
    return DocumentationItem(
        external=external,
        kind=kind_of(external),
        title=title_of(record),
        text=text,
        url=attributes.resource_url,
        updated_at=attributes.updated_at and attributes.updated_at.astimezone(UTC),
        published=record.attributes.published if isinstance(record, Document) else None,
        missing=missing,
    )


def to_related(record: Owned) -> RelatedItem:
    external = external_of(record)
    return RelatedItem(
        external=external, kind=kind_of(external), title=title_of(record), url=record.attributes.resource_url
    )


def title_of(record: Owned) -> str:
    return " ".join(plain(record.attributes.name).split())


def related_external(relation: Relation) -> str | None:
    """The port's id of a related item; None for a type that is no documentation."""
    name, number = relation.item
    path = TYPES.get(re.sub(r"[^a-z]", "", name.lower()).removesuffix("s"))
    return None if path is None or number is None else f"{path}/{number}"


def sections_text(sections: Rows[Section]) -> str:
    return "\n".join(text for one in sections.records if (text := plain(one.attributes.content)))[:LONGEST_TEXT]


def configuration_text(record: Configuration) -> str:
    """Labelled lines of the fields that have a value, then the notes."""
    attributes = record.attributes
    labelled = (
        ("Host name", attributes.hostname),
        ("IP address", attributes.primary_ip),
        ("Serial number", attributes.serial_number),
        ("Asset tag", attributes.asset_tag),
        ("Type", attributes.configuration_type_name),
        ("Status", attributes.configuration_status_name),
        ("Manufacturer", attributes.manufacturer_name),
        ("Model", attributes.model_name),
        ("Operating system", attributes.operating_system_name),
        ("Location", attributes.location_name),
        ("Contact", attributes.contact_name),
        ("Notes", plain(attributes.notes)),
    )
    return "\n".join(f"{label}: {value}" for label, value in labelled if value)[:LONGEST_TEXT]


def asset_text(record: Asset, fields: Iterable[AssetField]) -> str:
    """Labelled lines of the traits whose field is known and readable; every other trait is dropped, like passwords."""
    lines = []
    for field in fields:
        attributes = field.attributes
        if attributes.flexible_asset_type_id != record.attributes.flexible_asset_type_id:
            continue
        value = record.attributes.traits.get(attributes.name_key or _trait_key(attributes.name))
        if attributes.kind in READABLE and isinstance(value, str | int | float):
            lines.append(f"{attributes.name}: {plain(str(value))}")
    return "\n".join(lines)[:LONGEST_TEXT]


def plain(html: str) -> str:
    """The text without mark-up and empty lines."""
    return "\n".join(line for line in lines_of(html) if line)


def missing(part: str, rows: Rows[R]) -> tuple[Missing, ...]:
    """The rows of a list that were left out, and the end that was cut off, as missing parts."""
    found = [Missing(part, "unreadable", rows=rows.unreadable)] if rows.unreadable else []
    return (*found, Missing(part, "cut")) if rows.cut else tuple(found)


def restricted(rows: int) -> tuple[Missing, ...]:
    """Items that only some users of the account may see: the desk cannot tell which of its own they are."""
    return (Missing(RESTRICTED, "forbidden", rows=rows),) if rows else ()


def _trait_key(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
