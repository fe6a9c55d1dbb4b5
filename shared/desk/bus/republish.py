"""Publishes own facts again, byte for byte, for a topic that was lost or has lost records."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from desk.bus.kafka.producer import Publisher
from desk.bus.kafka.settings import KafkaSettings
from desk.bus.records import messages, signed_now
from desk.eventstore.relay_rows import relay_position
from desk.eventstore.rows import NotificationRow
from desk.eventstore.store import Store
from desk.signing.signature import Signer

OWN_OF = (
    "SELECT notification_id, originator_id, topic, event_id, ownerseq, recorded, state, signature FROM stored_events"
    " WHERE own AND originator_id = %s ORDER BY originator_version"
)


async def republish(
    store: Store, owner: str, settings: KafkaSettings, aggregate: str | None = None, signer: Signer | None = None
) -> int:
    """Publish the store's own facts again, of one aggregate (`aggregate_id.aggregate_of`) or all; returns their number.

    With `signer`, facts whose stored signature is by another key are signed again. Safe beside a running relay:
    consumers drop duplicates. KafkaError when the brokers do not answer.
    """
    epoch = (await asyncio.to_thread(store.execute, relay_position)).epoch
    publisher, total = Publisher(settings, owner), 0
    pages = _all(store, settings.page) if aggregate is None else iter([_of(store, aggregate)])
    try:
        while page := await asyncio.to_thread(next, pages, None):
            page = page if signer is None else signed_now(page, signer)
            await publisher.send(messages(page, owner, epoch, settings.prefix))
            total += len(page)
    finally:
        await publisher.stop()
    return total


def _of(store: Store, aggregate: str) -> list[NotificationRow]:
    return store.execute(lambda cursor: [NotificationRow(*row) for row in cursor.execute(OWN_OF, (aggregate,))])


def _all(store: Store, size: int) -> Iterator[list[NotificationRow]]:
    position = 0
    while page := store.read(lambda reads, after=position: reads.own_after(after, size)):  # type: ignore[misc]
        yield page
        position = page[-1].position
