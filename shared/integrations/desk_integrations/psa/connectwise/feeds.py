"""Callbacks of one ConnectWise instance: subscriptions, signatures, and the records that callbacks carry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from desk_connectors.connectwise import Callback, CallbackInvalid, ConnectWise, KeySource, parse_callback, verified
from desk_connectors.connectwise.records import CallbackEntry, Ticket
from desk_connectors.connectwise.records.reading import VENDOR
from desk_connectors.connectwise.signature import HEADER
from desk_connectors.http import UrlRefused
from desk_integrations.http.translation import translated, translating
from desk_integrations.kinds.psa import PsaTicket, RecordType
from desk_integrations.psa.connectwise.settings import ConnectWiseInstance
from desk_integrations.psa.connectwise.tickets import ticket_of
from desk_integrations.vendor_errors import VendorAnswerInvalid, VendorRefused
from desk_integrations.webhooks.callbacks import CallbackRefused, Subscribed, Subscription, VendorCallback


class ConnectWiseFeeds:
    """Callbacks, verified with the keys that the instance may name."""

    def __init__(self, settings: ConnectWiseInstance, client: ConnectWise, keys: KeySource) -> None:
        self.settings, self.client, self.keys = settings, client, keys

    def callback_address(self, route: str) -> str:
        """The vendor appends record id and action to the address."""
        return f"{route}?recordId="

    async def subscribe(self, address: str, types: Sequence[RecordType]) -> Subscribed:
        with translating():
            ensured = await self.client.subscribe_each(address, types)
        refused = [(kind, translated(error)) for kind, error in ensured.refused]
        return Subscribed(
            entries=tuple(_subscription(entry) for entry in ensured.entries),
            rearmed=tuple(str(entry) for entry in ensured.rearmed),
            refused=tuple((kind, error) for kind, error in refused if isinstance(error, VendorRefused)),
        )

    async def subscriptions(self) -> list[Subscription]:
        with translating():
            return [_subscription(entry) for entry in await self.client.callbacks().all()]

    async def unsubscribe(self, subscription: str) -> None:
        with translating():
            await self.client.delete_callback(int(subscription))

    async def callback(self, headers: Mapping[str, str], body: bytes) -> VendorCallback | CallbackRefused:
        signature = headers.get(HEADER)
        if not signature:
            return CallbackRefused(reason="unsigned")
        try:
            with translating():
                if not await verified(body, signature, self.keys):
                    return CallbackRefused(reason="unauthenticated")
            return _callback(parse_callback(body))
        except CallbackInvalid as invalid:
            return CallbackRefused(reason="malformed", field=invalid.field, remedy=invalid.remedy)
        except UrlRefused as refused:
            detail = f"Metadata.key_url: {refused.reason}"
            return CallbackRefused(reason="unauthenticated", detail=detail, remedy=refused.remedy)

    def ticket_in(self, body: bytes) -> PsaTicket | None:
        try:
            with translating():
                found = parse_callback(body).record(Ticket)
        except CallbackInvalid as invalid:
            raise VendorAnswerInvalid(VENDOR, "Callback", invalid.field, invalid.remedy) from invalid
        return ticket_of(found, self.settings) if found is not None else None


def _subscription(entry: CallbackEntry) -> Subscription:
    return Subscription(
        subscription=str(entry.id), type=entry.type.lower(), url=entry.url, changed_at=entry.info.last_updated
    )


def _callback(found: Callback) -> VendorCallback:
    return VendorCallback(
        type=found.type,
        record=str(found.record_id),
        action=found.action,
        member=found.member_id,
        dedup_key=found.dedup_key,
    )
