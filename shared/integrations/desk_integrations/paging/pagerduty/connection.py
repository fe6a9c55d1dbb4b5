"""From an instance of the document to a PagerDuty adapter."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from desk_connectors.http import VendorHttp
from desk_connectors.pagerduty import Events, PagerDuty, PagerDutySettings, Session
from desk_integrations.instances.connection import (
    guard_of,
    limits_of,
    options_of,
    secrets_of,
    settings_of,
    transport_of,
    webhook_key_of,
)
from desk_integrations.instances.credentials import SecretReference
from desk_integrations.instances.document import Document, Instance, Name, Reference
from desk_integrations.paging.pagerduty.adapter import PagerDutyPaging, Target
from desk_integrations.paging.pagerduty.writes import Writes
from desk_integrations.runtime import IntegrationRuntime

CREDENTIALS = ("api_key",)
VENDOR = "pagerduty"


class TargetOptions(Document):
    """`service` is the id in the address of the service, `routing_key` a reference to its integration key."""

    service: Annotated[str, Field(pattern=r"^[A-Z0-9]{3,40}$")]
    routing_key: Reference


class PagerDutyOptions(Document):
    """The vendor's own settings: `address` of the REST API; `kind`: `cloud` or `simulator`; rows per page; the services
    that can be paged, by the name of their rota."""

    address: str = "https://api.pagerduty.com"
    kind: Literal["cloud", "simulator"] = "cloud"
    page_size: int = 100
    targets: Annotated[dict[Name, TargetOptions], Field(min_length=1)]


def connect(instance: Instance, runtime: IntegrationRuntime) -> PagerDutyPaging:
    """The adapter of an instance. InstancesError names the field that cannot be used; nothing is called yet."""
    options, limits = options_of(instance, PagerDutyOptions), limits_of(instance)
    plain = options.model_dump(exclude={"targets"})
    settings = settings_of(instance, lambda: PagerDutySettings(instance=instance.id, limits=limits, **plain))
    targets = {name: _target(instance, name, one, runtime) for name, one in options.targets.items()}
    (api_key,) = secrets_of(instance, CREDENTIALS, runtime)
    reading = VendorHttp(VENDOR, limits, runtime.clock, transport_of(instance, settings.address, runtime))
    # The vendor limits its two APIs apart: reads that were refused for their rate must not hold back a page.
    apart = instance.model_copy(update={"id": f"{instance.id}-events"})
    sending = VendorHttp(VENDOR, limits, runtime.clock, transport_of(apart, settings.events_address, runtime))
    client = PagerDuty(Session(settings, reading, api_key.value))

    async def close() -> None:
        await reading.aclose()
        await sending.aclose()

    return PagerDutyPaging(
        instance=instance,
        client=client,
        writes=Writes(client, Events(settings.events_address, sending)),
        targets=targets,
        guard=guard_of(instance, (api_key, *(one.routing_key for one in targets.values())), runtime),
        webhook=webhook_key_of(instance, runtime),
        closing=close,
    )


def _target(instance: Instance, name: str, options: TargetOptions, runtime: IntegrationRuntime) -> Target:
    field = f"{instance.id}: settings.targets.{name}.routing_key"
    return Target(options.service, SecretReference(field, options.routing_key, runtime.env))
