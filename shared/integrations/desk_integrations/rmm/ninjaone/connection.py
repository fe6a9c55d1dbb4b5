"""From an instance of the document to a NinjaOne adapter."""

from __future__ import annotations

from typing import Literal

from pydantic import ValidationError

from desk_connectors.http import Limits, VendorHttp
from desk_connectors.ninjaone import ClientCredentials, NinjaOne, NinjaOneSettings, Token, request_token
from desk_integrations.credentials import SecretReference
from desk_integrations.guard import Guard
from desk_integrations.http.budget import SharedBudget
from desk_integrations.http.network import network_transport
from desk_integrations.http.oauth import TokenSource
from desk_integrations.http.transport import BudgetedTransport
from desk_integrations.instances import Document, Instance, field_error
from desk_integrations.rmm.ninjaone.adapter import NinjaOneRmm, WebhookKey
from desk_integrations.runtime import IntegrationRuntime

CREDENTIALS = ("client_id", "client_secret")
UNLIMITED = 1e9
"""The shared budget alone limits calls: the connector's own bucket, which is per process, is never empty."""
LONGEST_CALL = 8.0


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
    secrets = [
        SecretReference(f"{instance.id}: credentials.{name}", instance.credentials[name], runtime.env)
        for name in CREDENTIALS
    ]
    http = VendorHttp("ninjaone", settings.limits, runtime.clock, _transport(instance, settings, runtime))

    async def sign_in() -> Token:
        return await request_token(http, settings, ClientCredentials(*(secret.value() for secret in secrets)))

    tokens = TokenSource(sign_in, runtime.clock)
    guard = Guard(
        instance.id,
        instance.deadline,
        lambda: tuple(secret.value() for secret in secrets),
        runtime.credential_state,
        runtime.alert,
    )
    return NinjaOneRmm(
        instance=instance,
        client=NinjaOne(settings, http, tokens),
        identity=runtime.identity(instance.id),
        guard=guard,
        clock=runtime.clock,
        webhook=_webhook(instance, runtime),
        closing=(tokens.aclose, http.aclose),
    )


def _settings(instance: Instance) -> NinjaOneSettings:
    try:
        options = NinjaOneOptions.model_validate(instance.settings)
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        place = ".".join(map(str, ("settings", *first["loc"])))
        raise field_error(instance, place, str(first["msg"])) from None
    deadline = min(LONGEST_CALL, instance.deadline)
    limits = Limits(
        per_minute=UNLIMITED, burst=int(UNLIMITED), deadline=deadline, longest_wait=min(5.0, instance.deadline / 2)
    )
    try:
        return NinjaOneSettings(instance=instance.id, limits=limits, **options.model_dump())
    except ValueError as error:
        field, _, problem = str(error).partition(": ")
        raise field_error(instance, f"settings.{field}", problem) from None


def _transport(instance: Instance, settings: NinjaOneSettings, runtime: IntegrationRuntime) -> BudgetedTransport:
    try:
        limit = instance.budget_of(runtime.service)
    except ValueError as error:
        raise field_error(instance, *str(error).split(": ", 1)) from None
    budget = SharedBudget(runtime.budgets, instance.id, limit, runtime.clock)
    inner = runtime.transport or network_transport(settings.address)
    return BudgetedTransport("ninjaone", budget, inner, longest_wait=settings.limits.longest_wait)


def _webhook(instance: Instance, runtime: IntegrationRuntime) -> WebhookKey | None:
    if instance.webhook is None:
        return None
    field = f"{instance.id}: webhook.secrets"
    secrets = tuple(SecretReference(field, reference, runtime.env) for reference in instance.webhook.secrets)
    return WebhookKey(instance.webhook.header, secrets)
