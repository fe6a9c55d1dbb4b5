"""The surroundings that a service gives its adapters, and the adapters made out of its instances document."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, cast

import httpx

from desk_connectors.http import Clock
from desk_integrations.http.budget import BudgetRows
from desk_integrations.identity import IdentityMap
from desk_integrations.instances.credential_state import CredentialState
from desk_integrations.instances.document import Instance, field_error
from desk_integrations.kinds.rmm import Rmm
from desk_integrations.port import Port


@dataclass(frozen=True, slots=True, kw_only=True)
class IntegrationRuntime:
    """Everything that an adapter needs of its service.

    `identity` gives the map of an instance. `transport` None is the network. `alert` is awaited with the id of an
    instance whose credentials the vendor refused. `env` None is the process's environment.
    """

    service: str
    identity: Callable[[str], IdentityMap]
    budgets: BudgetRows
    credential_state: CredentialState
    clock: Clock
    transport: httpx.AsyncBaseTransport | None = None
    alert: Callable[[str], Awaitable[None]] | None = None
    env: Mapping[str, str] | None = None


class AdapterModule(Protocol):
    """The face of every adapter: `desk_integrations.<kind>.<vendor>`, named like the vendor's connector."""

    CREDENTIALS: tuple[str, ...]

    def connect(self, instance: Instance, runtime: IntegrationRuntime) -> Any: ...


def connect(instance: Instance, runtime: IntegrationRuntime) -> Port:
    """The adapter of an instance of any kind. InstancesError names the field that cannot be used."""
    port: Port = _adapter(instance).connect(instance, runtime)
    return port


def connect_rmm(instance: Instance, runtime: IntegrationRuntime) -> Rmm:
    """The adapter of an RMM instance. InstancesError names the field that cannot be used."""
    return cast(Rmm, connect(instance, runtime))


def vendors(kind: str) -> tuple[str, ...]:
    """The vendors of a kind that this release has adapters for."""
    package = importlib.import_module(f"desk_integrations.{kind}")
    return tuple(sorted(module.name for module in pkgutil.iter_modules(package.__path__)))


def _adapter(instance: Instance) -> AdapterModule:
    if instance.vendor not in vendors(instance.kind):
        raise field_error(instance, "vendor", f"give one of {', '.join(vendors(instance.kind))}")
    module = cast(AdapterModule, importlib.import_module(f"desk_integrations.{instance.kind}.{instance.vendor}"))
    for name in module.CREDENTIALS:
        if name not in instance.credentials:
            raise field_error(instance, f"credentials.{name}", "is missing; give env:NAME or file:PATH")
    if unknown := sorted(set(instance.credentials) - set(module.CREDENTIALS)):
        raise field_error(instance, f"credentials.{unknown[0]}", f"is not used by {instance.vendor}; remove it")
    return module
