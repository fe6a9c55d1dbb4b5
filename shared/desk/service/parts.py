"""The parts of a running service that its own routes and integrations may use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar, overload

from msgspec import Struct

from desk.contract.event import Payload, Sealed
from desk.contract.sealing import KeyRing, disclose, lacks_key, open_text, unseal
from desk.http.app.http_context import HttpContext
from desk.policies.book import PolicyBook
from desk.service.service import Service
from desk.settings import Settings

P = TypeVar("P", bound=Payload)


@dataclass(frozen=True)
class Parts:
    """The parts of a service, for its own routes, workers and look-ups."""

    service: Service
    policies: PolicyBook
    ring: KeyRing
    settings: Settings
    http_context: HttpContext

    @overload
    def unseal(self, value: str | Sealed) -> str | Sealed: ...

    @overload
    def unseal(self, value: P) -> P: ...

    @overload
    def unseal(self, value: object) -> object: ...

    def unseal(self, value: object) -> object:
        """A payload or text, decrypted where the key is available."""
        if isinstance(value, Sealed):
            plain = open_text(value, self.ring)
            return value if plain is None else plain
        return unseal(value, self.ring) if isinstance(value, Struct) else value

    def lacks_key(self, payload: Payload) -> bool:
        """Whether a text of the payload needs a missing key that may be restored with the key ring."""
        return lacks_key(payload, self.ring)

    def disclose(self, value: object) -> object:
        """As `unseal`, for readers: an `Unreadable` replaces each text that cannot be decrypted."""
        return disclose(value, self.ring)
