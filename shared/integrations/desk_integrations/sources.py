"""The configured vendors of one service by kind and client."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from desk_integrations.instances.document import Instance, Instances
from desk_integrations.kinds.rmm import Rmm
from desk_integrations.outcomes import NotConfigured
from desk_integrations.port import Port
from desk_integrations.runtime import IntegrationRuntime, connect


class Sources:
    """Adapters of all instances, made at start so that a mistake in the document stops the service and not a ticket."""

    def __init__(
        self,
        instances: Instances,
        runtime: IntegrationRuntime,
        connect: Callable[[Instance, IntegrationRuntime], Port] = connect,
    ) -> None:
        self._instances = instances
        self._ports: dict[tuple[str, str], Port] = {
            (one.kind, one.id): connect(one, runtime) for one in instances.instances
        }

    def configured(self, kind: str, client: str) -> tuple[str, ...]:
        """The ids of the instances of a kind that serve the client, its own before the MSP's."""
        return self._instances.configured(kind, client)

    def port(self, kind: str, instance: str) -> Port:
        """The adapter of one instance. KeyError for an instance of another kind, or none."""
        return self._ports[kind, instance]

    def rmm(self, client: str) -> tuple[Rmm, ...] | NotConfigured:
        """The adapters to ask about the client, its own before the MSP's."""
        found = tuple(cast(Rmm, self.port("rmm", instance)) for instance in self.configured("rmm", client))
        return found or NotConfigured()

    async def aclose(self) -> None:
        """Close the connections of all adapters."""
        for port in self._ports.values():
            await port.aclose()
