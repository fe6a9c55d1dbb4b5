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
    """Parts of a running service, handed to its own routes, integrations and workers."""

    service: Service
    policies: PolicyBook
    ring: KeyRing
    settings: Settings
    http_context: HttpContext

    def unseal(self, value: Any) -> Any:
        """A payload or text with every text readable whose key is there."""
        return unseal_any(value, self.ring)

    def lacks_key(self, payload: Payload) -> bool:
        """Whether a text of the payload waits for a key that may come back with the key ring."""
        return lacks_key(payload, self.ring)

    def disclose(self, value: Any) -> Any:
        """The same for readers: a text that cannot be read is replaced by the reason."""
        return disclose(value, self.ring)


def unseal_any(value: Any, ring: KeyRing) -> Any:
    """`unseal` for structs, and for single texts and their marks."""
    if isinstance(value, Sealed):
        text = open_text(value, ring)
        return value if text is None else text
    return value if isinstance(value, str) else unseal(value, ring)
