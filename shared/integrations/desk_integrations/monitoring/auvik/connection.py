"""From an instance of the document to an Auvik adapter."""

from __future__ import annotations

from typing import Literal

from desk_connectors.auvik import Auvik, AuvikSettings, Credentials
from desk_connectors.http import VendorHttp
from desk_integrations.instances.connection import (
    guard_of,
    limits_of,
    options_of,
    secrets_of,
    settings_of,
    transport_of,
    webhook_key_of,
)
from desk_integrations.instances.document import Document, Instance
from desk_integrations.monitoring.auvik.adapter import AuvikMonitoring
from desk_integrations.runtime import IntegrationRuntime

CREDENTIALS = ("username", "api_key")


class AuvikOptions(Document):
    """The vendor's own settings: `address` of the region, such as `https://auvikapi.eu1.my.auvik.com`; `kind`: `cloud`
    or `simulator`; rows per page."""

    address: str
    kind: Literal["cloud", "simulator"] = "cloud"
    page_size: int = 100


def connect(instance: Instance, runtime: IntegrationRuntime) -> AuvikMonitoring:
    """The adapter of an instance. InstancesError names the field that cannot be used; nothing is called yet."""
    options, limits = options_of(instance, AuvikOptions), limits_of(instance)
    settings = settings_of(instance, lambda: AuvikSettings(instance=instance.id, limits=limits, **options.model_dump()))
    secrets = secrets_of(instance, CREDENTIALS, runtime)
    http = VendorHttp("auvik", limits, runtime.clock, transport_of(instance, settings.address, runtime))
    client = Auvik(settings, http, lambda: Credentials(*(secret.value() for secret in secrets)))
    return AuvikMonitoring(
        instance=instance,
        client=client,
        identity=runtime.identity(instance.id),
        guard=guard_of(instance, secrets, runtime),
        webhook=webhook_key_of(instance, runtime),
        closing=http.aclose,
    )
