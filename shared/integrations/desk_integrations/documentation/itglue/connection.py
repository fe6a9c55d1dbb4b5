"""From an instance of the document to an IT Glue adapter."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from desk_connectors.http import VendorHttp
from desk_connectors.itglue import ItGlueSettings, ItGlueWrites
from desk_integrations.documentation.itglue.adapter import ItGlueDocumentation
from desk_integrations.instances.connection import (
    guard_of,
    limits_of,
    options_of,
    secrets_of,
    settings_of,
    transport_of,
)
from desk_integrations.instances.document import Document, Instance
from desk_integrations.runtime import IntegrationRuntime

CREDENTIALS = ("api_key",)


class ItGlueOptions(Document):
    """The vendor's own settings: `address` of the region, such as `https://api.eu.itglue.com`; `kind`: `cloud` or
    `simulator`; rows per page; `asset_types`, the names of the kinds of flexible assets that a search reads."""

    address: str
    kind: Literal["cloud", "simulator"] = "cloud"
    page_size: int = 500
    asset_types: Annotated[tuple[str, ...], Field(max_length=20)] = ()


def connect(instance: Instance, runtime: IntegrationRuntime) -> ItGlueDocumentation:
    """The adapter of an instance. InstancesError names the field that cannot be used; nothing is called yet."""
    options, limits = options_of(instance, ItGlueOptions), limits_of(instance)
    own = options.model_dump(exclude={"asset_types"})
    settings = settings_of(instance, lambda: ItGlueSettings(instance=instance.id, limits=limits, **own))
    secrets = secrets_of(instance, CREDENTIALS, runtime)
    (key,) = secrets
    http = VendorHttp("itglue", limits, runtime.clock, transport_of(instance, settings.address, runtime))
    return ItGlueDocumentation(
        instance=instance,
        client=ItGlueWrites(settings, http, key.value),
        asset_types=options.asset_types,
        identity=runtime.identity(instance.id),
        guard=guard_of(instance, secrets, runtime),
        closing=http.aclose,
    )
