"""Consumes from Kafka into the inbox. FastStream only delivers batches: it decodes, answers and commits no record."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from functools import partial
from typing import Any

import structlog
from faststream.kafka import KafkaBroker
from faststream.kafka.message import KafkaAckableMessage
from faststream.middlewares import AckPolicy

from desk.bus.kafka.background_tasks import close_failed, failed_task
from desk.bus.kafka.offsets import Sifted
from desk.bus.kafka.rebalance import GroupMembership, Locate
from desk.bus.kafka.security import security_of
from desk.bus.kafka.settings import KafkaSettings
from desk.bus.kafka.startup_checks import check_consumer
from desk.bus.records import mark, raw_record
from desk.bus.relay import Relay
from desk.bus.retrying_apply import RetryingApply
from desk.eventstore.connections.error_classification import is_unavailable
from desk.eventstore.event_log import EventLog
from desk.eventstore.unit_of_work.commit_notifier import wait_or_timeout
from desk.fault_points import fault_point
from desk.telemetry.logs import route_libraries

log, BREATH = structlog.get_logger(__name__), 0.05
LIBRARY = logging.getLogger("kafka.faststream")
LIBRARY.setLevel(logging.ERROR)
route_libraries()


class KafkaConsumer:
    """One member of the service's group.

    Batches go to the inbox in a thread, one at a time, which also bounds memory. Own records are left out where the
    relay recognises them. The handler never raises: it waits, longer each time, and reads the same records again.
    """

    def __init__(
        self, settings: KafkaSettings, event_log: EventLog, retrying: RetryingApply, relay: Relay, locate: Locate
    ) -> None:
        owner = event_log.owner
        self._settings, self._group = settings, settings.group(owner)
        self._retrying, self._relay = retrying, relay
        save = partial(retrying.apply, ())
        self.member = GroupMembership(settings, lambda: self._subscriber.consumer, locate, save, event_log.loops)
        self.waits_for_database = False
        self._halt, self._pause = asyncio.Event(), 0.0
        self._subscriber: Any = None  # Any: made by start(); the library types it by its arguments
        # A consumer only: without a producer no record can cause a publication under our credentials.
        self._broker = KafkaBroker(
            settings.bootstrap,
            client_id=f"desk-{owner}",
            security=security_of(settings.access),
            consumer_only=True,
            apply_types=False,
            allow_auto_create_topics=False,
            graceful_timeout=settings.graceful_timeout,
            logger=LIBRARY,
            log_level=logging.DEBUG,
        )

    async def start(self, topics: Sequence[str]) -> None:
        """Join the group. KafkaError when no broker answers; then nothing is left running."""
        self._subscriber = self._broker.subscriber(
            *topics,
            group_id=self._group,
            batch=True,
            max_records=self._settings.max_records,
            batch_timeout_ms=self._settings.batch_timeout_ms,
            ack_policy=AckPolicy.MANUAL,
            no_reply=True,
            parser=self._parse,
            decoder=_decode,
            listener=self.member,
            **self._settings.consumer(),
        )
        self._subscriber(self._handle)
        try:
            await self._broker.start()
            check_consumer(self._subscriber.consumer, self._settings, self._group)
        except BaseException:
            await self._broker.stop()
            raise
        self.member.keep()

    def failed(self) -> str | None:
        """The name of a background task of the client that failed, so that nothing is consumed any more; else None."""
        return failed_task(self._subscriber.consumer)

    async def stop(self) -> None:
        """Finish the present batch, commit offsets to the group, leave it. A failed client is only closed: its session
        in the group expires."""
        self._halt.set()
        await self.member.wait_for_batch(self._settings.graceful_timeout)
        failed = self.failed()
        await self.member.leave(commit=failed is None)
        if failed is not None:
            await close_failed(self._subscriber.consumer, self._settings.stop_timeout)
        await self._broker.stop()

    # Any: FastStream makes a pydantic model of what a callback takes and returns
    async def _parse(self, records: tuple[Any, ...], _original: Any) -> KafkaAckableMessage:
        # The library's own parser decodes headers, and a batch in which that fails is skipped for ever.
        return KafkaAckableMessage(
            body=b"",
            headers={},
            batch_headers=[],
            reply_to="",
            correlation_id=None,
            message_id=f"{records[0].topic}-{records[0].partition}-{records[0].offset}",
            raw_message=records,
            consumer=self._subscriber.consumer,
        )

    async def _handle(self, records: tuple[Any, ...]) -> None:  # Any: as in `_parse`
        fault_point("polled")
        member = self.member
        sifted = member.offsets.sift(records)
        member.seek(sifted.again)
        if self._halt.is_set() or not sifted.due:
            await asyncio.sleep(BREATH)
        elif await self._applied(sifted):
            self._pause = 0.0
        else:
            self._pause = min(self._settings.longest_pause, max(self._settings.first_pause, self._pause * 2))
            await wait_or_timeout(self._halt, self._pause)
            member.seek({tp: member.offsets.next[tp] for tp in sifted.after if tp in member.offsets.next})

    async def _applied(self, sifted: Sifted) -> bool:
        found = (raw_record(record, self._settings.prefix) for record in sifted.due)
        raws = [raw for raw in found if not self._relay.echoes(mark(raw.headers))]
        offsets = self.member.offsets
        self.member.idle.clear()
        try:
            if raws:
                await asyncio.to_thread(self._retrying.apply, raws, offsets.rows(sifted.after))
                fault_point("inbox committed")
        except asyncio.CancelledError:
            # If raised, it would end the library's loop for ever while heartbeats go on.
            if not self._subscriber.running:
                raise
            return False
        except Exception as error:
            self.waits_for_database = is_unavailable(error)
            log.warning("batch will be read again", size=len(raws), error=type(error).__name__)
            return False
        finally:
            self.member.idle.set()
        self.waits_for_database = False
        offsets.applied(sifted.after)
        if raws:
            offsets.saved(sifted.after)
        return True


async def _decode(message: KafkaAckableMessage, _original: Any) -> Any:  # Any: as in `_parse`
    return message.raw_message
