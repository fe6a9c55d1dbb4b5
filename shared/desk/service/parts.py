"""The parts of a running service that its own routes and integrations may use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from desk.contract.event import Payload, Sealed
from desk.contract.sealing import KeyRing, disclose, lacks_key, open_text, unseal
from desk.http.app.http_context import HttpContext
from desk.policies.book import PolicyBook
from desk.service.service import Service
from desk.settings import Settings


@dataclass(frozen=True)
class Parts:
    """The parts of a service, for its own routes, workers and look-ups."""

    service: Service
    policies: PolicyBook
    ring: KeyRing
    settings: Settings
    http_context: HttpContext

    def unseal(self, value: object) -> Any:
        """A payload or text, decrypted where the key is available."""
        return unseal_any(value, self.ring)

    def lacks_key(self, payload: Payload) -> bool:
        """Whether a text of the payload needs a missing key that may be restored with the key ring."""
        return lacks_key(payload, self.ring)

    def disclose(self, value: object) -> Any:
        """As `unseal`, for readers: an `Unreadable` replaces each text that cannot be decrypted."""
        return disclose(value, self.ring)


def unseal_any(value: Any, ring: KeyRing) -> Any:
    """`unseal` for structs and for single texts."""
    if isinstance(value, Sealed):
        plain = open_text(value, ring)
        return value if plain is None else plain
    return value if isinstance(value, str) else unseal(value, ring)
