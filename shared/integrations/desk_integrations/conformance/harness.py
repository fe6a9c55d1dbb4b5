"""The surroundings of an adapter under test, the same for every kind: clock, faults, budget, credentials, identity."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from typing import ClassVar, Generic, Literal, NamedTuple, TypeVar, cast

import httpx

from desk_connectors.testing import FakeClock
from desk_integrations.conformance.faults import FaultTransport
from desk_integrations.http.budget import LocalBudgetRows
from desk_integrations.identity import FixedIdentityMap
from desk_integrations.instances.credential_state import LocalCredentialState
from desk_integrations.instances.document import OWNERS, parse
from desk_integrations.outcomes import Outcome
from desk_integrations.port import Port
from desk_integrations.runtime import IntegrationRuntime, connect

P = TypeVar("P", bound=Port)
Drift = Literal["extra", "missing", "null", "type"]
"""A field that the contract does not have, a required field missing, an optional one null, one of another type."""
HEADER, SECRETS = "X-Desk-Key", ("webhook-key-new", "webhook-key-old")


class Ask(NamedTuple, Generic[P]):
    """One question of a kind, and the pattern of the path that it needs in any case."""

    put: Callable[[P], Awaitable[Outcome[object]]]
    path: str


class VendorHarness(ABC, Generic[P]):
    """One vendor, and adapters over it. Time moves only by `clock`.

    `alerted` keeps the instances for which the one alert about refused credentials was raised.
    """

    kind: ClassVar[str]
    vendor: ClassVar[str]
    settings: ClassVar[Mapping[str, object]]
    """The vendor's settings for an instance, with the smallest page size that the vendor takes."""

    def __init__(self, transport: httpx.AsyncBaseTransport, clock: FakeClock) -> None:
        self.clock = clock
        self.faults = FaultTransport(transport)
        self.env = {**self.credentials(), "WEBHOOK_0": SECRETS[0], "WEBHOOK_1": SECRETS[1]}
        self.identity = FixedIdentityMap({})
        self.budgets = LocalBudgetRows(self.clock)
        self.state = LocalCredentialState(self.clock)
        self.alerted: list[str] = []
        self._adapters: list[Port] = []

    def adapter(self, *, webhook: bool = True, **changes: object) -> P:
        """An adapter as one process has it; budget and credential state are shared by all of them."""
        instance: dict[str, object] = {
            "id": f"{self.kind}-main",
            "kind": self.kind,
            "vendor": self.vendor,
            "credentials": {name.lower(): f"env:{name}" for name in self.credentials()},
            "settings": self.settings,
            "calls_per_minute": 6000.0,
            "burst": 1000,
            **changes,
        }
        if webhook:
            instance["webhook"] = {"header": HEADER, "secrets": ["env:WEBHOOK_0", "env:WEBHOOK_1"]}
        (parsed,) = parse({"instances": [instance]}).instances
        adapter = connect(parsed, self.runtime())
        self._adapters.append(adapter)
        return cast(P, adapter)

    def runtime(self) -> IntegrationRuntime:
        async def alert(instance: str) -> None:
            self.alerted.append(instance)

        return IntegrationRuntime(
            service=OWNERS[self.kind][-1],
            identity=lambda _instance: self.identity,
            budgets=self.budgets,
            credential_state=self.state,
            clock=self.clock,
            transport=self.faults,
            alert=alert,
            env=self.env,
        )

    async def aclose(self) -> None:
        for adapter in self._adapters:
            await adapter.aclose()

    def credentials(self) -> dict[str, str]:
        """The credentials that the vendor accepts at first: variable (upper case of the vendor's name) to value."""
        return {}

    @abstractmethod
    def asks(self) -> Mapping[str, Ask[P]]:
        """Every question of the port that makes calls, about things that the vendor has."""

    @property
    @abstractmethod
    def error_body(self) -> bytes:
        """An error in the vendor's form, which it answers with status 200 now and then."""

    @property
    @abstractmethod
    def personal(self) -> tuple[str, ...]:
        """Words of the world that no log may contain."""

    @abstractmethod
    def drift(self, kind: Drift) -> Callable[[object], object]:
        """A change to the answer of the kind's main list, in its first row."""


class SignedInHarness(VendorHarness[P]):
    """A vendor that asks for credentials, and whose lists have pages and rows of several clients.

    `refusals` answers of 401 at `sign_in_path`, a pattern, refuse the credentials of one question: a vendor without a
    sign-in of its own refuses the question, and then the harmless read.
    """

    refusals: ClassVar[int] = 2

    @property
    def sign_in_path(self) -> str:
        return ""

    @abstractmethod
    def rotate_credentials(self) -> dict[str, str]:
        """The vendor accepts new credentials only; answers them as `credentials` does."""

    @abstractmethod
    def break_filter(self) -> None:
        """Lists answer rows too that were not asked for, such as those of other clients."""

    @abstractmethod
    def overlap_pages(self, rows: int) -> None:
        """Every page of a list repeats that many rows of the one before."""
