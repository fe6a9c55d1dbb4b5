"""Resources of the vendor's JSON:API, limited to the fields that a service desk needs. Times are UTC, texts HTML."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

VENDOR = "itglue"
Key = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,18}$")]
Number = Annotated[int, msgspec.Meta(ge=1, le=2**53)]
Time = Annotated[datetime, msgspec.Meta(tz=True)]


class Record(msgspec.Struct, frozen=True, kw_only=True, rename="kebab"):
    """A part of a resource. Unknown fields are ignored."""


class OrganizationAttributes(Record, frozen=True, kw_only=True):
    name: str = ""


class Organization(Record, frozen=True, kw_only=True):
    """A client of the MSP."""

    id: Key
    attributes: OrganizationAttributes


class OwnedAttributes(Record, frozen=True, kw_only=True):
    """Attributes of every resource of one organisation. `restricted`: only some users of the account may see it."""

    organization_id: Number
    name: str = ""
    resource_url: str = ""
    archived: bool = False
    restricted: bool = False
    updated_at: Time | None = None


class DocumentAttributes(OwnedAttributes, frozen=True, kw_only=True):
    """`published` is None where the vendor does not send it."""

    published: bool | None = None


class Document(Record, frozen=True, kw_only=True):
    """A document without its text, which is in its sections."""

    id: Key
    attributes: DocumentAttributes


class SectionAttributes(Record, frozen=True, kw_only=True):
    """`resource_type` is `Document::Text`, `Document::Heading`, `Document::Gallery` or `Document::Step`."""

    resource_type: str
    content: str = ""
    sort: int = 0
    level: int | None = None


class Section(Record, frozen=True, kw_only=True):
    """A part of a document's text."""

    id: Key
    attributes: SectionAttributes


class ConfigurationAttributes(OwnedAttributes, frozen=True, kw_only=True):
    hostname: str = ""
    primary_ip: str = ""
    serial_number: str = ""
    asset_tag: str = ""
    operating_system_name: str = ""
    configuration_type_name: str = ""
    configuration_status_name: str = ""
    manufacturer_name: str = ""
    model_name: str = ""
    location_name: str = ""
    contact_name: str = ""
    notes: str = ""


class Configuration(Record, frozen=True, kw_only=True):
    """A device."""

    id: Key
    attributes: ConfigurationAttributes


class AssetTypeAttributes(Record, frozen=True, kw_only=True):
    name: str = ""


class AssetType(Record, frozen=True, kw_only=True):
    """A kind of flexible asset, as the MSP defined it."""

    id: Key
    attributes: AssetTypeAttributes


class AssetFieldAttributes(Record, frozen=True, kw_only=True):
    """`kind` is the vendor's word, such as `Text` or `Password`. `name_key` is the field's key among the traits."""

    flexible_asset_type_id: Number
    name: str
    kind: str
    name_key: str = ""


class AssetField(Record, frozen=True, kw_only=True):
    """A field of a kind of flexible asset."""

    id: Key
    attributes: AssetFieldAttributes


class AssetAttributes(OwnedAttributes, frozen=True, kw_only=True):
    """`traits` maps the keys of fields to values of any type."""

    flexible_asset_type_id: Number
    flexible_asset_type_name: str = ""
    traits: dict[str, object] = msgspec.field(default_factory=dict)


class Asset(Record, frozen=True, kw_only=True):
    """A flexible asset."""

    id: Key
    attributes: AssetAttributes


class RelationAttributes(Record, frozen=True, kw_only=True):
    """The item that a resource is related to. The contract names `destination-*` in requests only."""

    destination_id: Number | None = None
    destination_type: str = ""
    resource_id: Number | None = None
    resource_type: str = ""


class Relation(Record, frozen=True, kw_only=True):
    """A related item, included with the resource that it belongs to."""

    id: Key
    type: str
    attributes: RelationAttributes

    @property
    def item(self) -> tuple[str, int | None]:
        """Type, such as `Document`, and id of the related item; None if the vendor did not send it."""
        attributes = self.attributes
        if attributes.destination_id is not None:
            return attributes.destination_type, attributes.destination_id
        return attributes.resource_type, attributes.resource_id
