"""The port over the records in memory: callbacks, and everything together."""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from desk_connectors.reading import UNREADABLE
from desk_integrations.conformance.psa.in_memory.world import VENDOR
from desk_integrations.conformance.psa.in_memory.writes import InMemoryWrites
from desk_integrations.kinds.psa import PsaCapabilities, PsaTicket, RecordType
from desk_integrations.vendor_errors import VendorAnswerInvalid
from desk_integrations.webhooks.callbacks import CallbackRefused, Subscribed, Subscription, VendorCallback

HEADER = "x-psa-signature"
Action = Literal["added", "updated", "deleted"]


class _Body(msgspec.Struct, frozen=True):
    key: str
    type: str
    id: str
    action: Action
    member: str
    ticket: PsaTicket | None = None


class InMemoryPsa(InMemoryWrites):
    """Implements `desk_integrations.kinds.psa.Psa`."""

    @property
    def capabilities(self) -> PsaCapabilities:
        return PsaCapabilities(
            subscriptions=("ticket", "time"),
            signed_callbacks=True,
            history=True,
            merges=True,
            levels=False,
            impact_and_urgency=True,
            devices=True,
            compares_base=self._compares_base,
        )

    def summary_hash(self, text: str) -> str:
        return hmac.new(b"summary", text.strip().encode(), "sha256").hexdigest()[:24]

    async def aclose(self) -> None:
        return None

    def callback_address(self, route: str) -> str:
        return route

    async def subscribe(self, address: str, types: Sequence[RecordType]) -> Subscribed:
        self._check("subscribe")
        rearmed = tuple(str(number) for number in sorted(self.world.inactive))
        self.world.inactive.clear()
        entries = tuple(self._subscription(address, kind) for kind in types)
        return Subscribed(entries=entries, rearmed=rearmed)

    def _subscription(self, address: str, kind: RecordType) -> Subscription:
        for entry in self.world.subscriptions.values():
            if (entry.type, entry.url) == (kind, address):
                return entry
        number = self.world.number()
        made = Subscription(subscription=str(number), type=kind, url=address, changed_at=self.world.now)
        self.world.subscriptions[number] = made
        return made

    async def subscriptions(self) -> list[Subscription]:
        self._check("subscriptions")
        return list(self.world.subscriptions.values())

    async def unsubscribe(self, subscription: str) -> None:
        self._check("unsubscribe")
        self.world.subscriptions.pop(int(subscription), None)

    async def callback(self, headers: Mapping[str, str], body: bytes) -> VendorCallback | CallbackRefused:
        signature = headers.get(HEADER)
        if not signature:
            return CallbackRefused(reason="unsigned")
        if not hmac.compare_digest(signature, self.world.sign(body)):
            return CallbackRefused(reason="unauthenticated")
        try:
            found = msgspec.json.decode(body, type=_Body)
        except UNREADABLE:
            return CallbackRefused(reason="malformed", field="body", remedy="one JSON object")
        return VendorCallback(
            type=found.type, record=found.id, action=found.action, member=found.member, dedup_key=found.key
        )

    def ticket_in(self, body: bytes) -> PsaTicket | None:
        try:
            return msgspec.json.decode(body, type=_Body).ticket
        except UNREADABLE:
            raise VendorAnswerInvalid(VENDOR, "callback", "body", "not readable as JSON") from None
