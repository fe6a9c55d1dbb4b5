"""IT Glue's API in its own terms: client, records, paging, documents with sections."""

from desk_connectors.itglue.client import DocumentList, ItGlue
from desk_connectors.itglue.records import (
    Asset,
    AssetField,
    AssetType,
    Configuration,
    Document,
    Organization,
    Relation,
    Section,
)
from desk_connectors.itglue.settings import ItGlueSettings
from desk_connectors.itglue.writes import ItGlueWrites, NewSection

__all__ = [
    "Asset",
    "AssetField",
    "AssetType",
    "Configuration",
    "Document",
    "DocumentList",
    "ItGlue",
    "ItGlueSettings",
    "ItGlueWrites",
    "NewSection",
    "Organization",
    "Relation",
    "Section",
]
