"""From an instance of the document to a NinjaOne adapter."""

from __future__ import annotations

from typing import Literal

from desk_connectors.http import VendorHttp
from desk_connectors.ninjaone import ClientCredentials, NinjaOne, NinjaOneSettings, Token, request_token
from desk_integrations.http.oauth import TokenSource
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
from desk_integrations.rmm.ninjaone.adapter import NinjaOneRmm
from desk_integrations.runtime import IntegrationRuntime

CREDENTIALS = ("client_id", "client_secret")


class NinjaOneOptions(Document):
    """The vendor's own settings: `address` of the region, such as `https://eu.ninjarmm.com`; `kind`: `cloud`,
    `branded` (a host name of the MSP's own) or `simulator`; `token_path`, as tenants differ in it."""

    address: str
    kind: Literal["cloud", "branded", "simulator"] = "cloud"
    token_path: str = "/ws/oauth/token"  # noqa: S105
    page_size: int = 1000
    search_limit: int = 100


def connect(instance: Instance, runtime: IntegrationRuntime) -> NinjaOneRmm:
    """The adapter of an instance. InstancesError names the field that cannot be used; nothing is called yet."""
    settings = _settings(instance)
    secrets = secrets_of(instance, CREDENTIALS, runtime)
    http = VendorHttp("ninjaone", settings.limits, runtime.clock, transport_of(instance, settings.address, runtime))

    async def sign_in() -> Token:
        return await request_token(http, settings, ClientCredentials(*(secret.value() for secret in secrets)))

    tokens = TokenSource(sign_in, runtime.clock)
    return NinjaOneRmm(
        instance=instance,
        client=NinjaOne(settings, http, tokens),
        identity=runtime.identity(instance.id),
        guard=guard_of(instance, secrets, runtime),
        clock=runtime.clock,
        webhook=webhook_key_of(instance, runtime),
        closing=(tokens.aclose, http.aclose),
    )


def _settings(instance: Instance) -> NinjaOneSettings:
    options = options_of(instance, NinjaOneOptions).model_dump()
    return settings_of(instance, lambda: NinjaOneSettings(instance=instance.id, limits=limits_of(instance), **options))
