"""From an instance of the document to a Statuspage adapter."""

from __future__ import annotations

from typing import Literal

from desk_connectors.http import VendorHttp
from desk_connectors.statuspage import Statuspage, StatuspageSettings
from desk_integrations.instances.connection import guard_of, limits_of, options_of, settings_of, transport_of
from desk_integrations.instances.document import Document, Instance
from desk_integrations.runtime import IntegrationRuntime
from desk_integrations.status.statuspage.adapter import StatuspageStatus

CREDENTIALS: tuple[str, ...] = ()


class StatuspageOptions(Document):
    """The vendor's own settings: `address` of the page, such as `https://status.duo.com`; `kind`: `page` or
    `simulator`."""

    address: str
    kind: Literal["page", "simulator"] = "page"


def connect(instance: Instance, runtime: IntegrationRuntime) -> StatuspageStatus:
    """The adapter of an instance. InstancesError names the field that cannot be used; nothing is called yet."""
    options, limits = options_of(instance, StatuspageOptions), limits_of(instance)
    settings = settings_of(
        instance,
        lambda: StatuspageSettings(instance=instance.id, address=options.address, kind=options.kind, limits=limits),
    )
    transport = transport_of(instance, settings.address, runtime)
    http = VendorHttp("statuspage", limits, runtime.clock, transport)
    return StatuspageStatus(instance, Statuspage(settings, http), guard_of(instance, (), runtime), http.aclose)
