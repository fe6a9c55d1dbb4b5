"""On Kafka, too, a store that was lost or set back ends with what it held, and nobody decides anything anew."""

from __future__ import annotations

import pytest
from tests.recovery.drill import EPOCHS, Drill

from desk.bus.kafka.bus import KafkaBus
from desk.bus.kafka.settings import KafkaSettings
from desk.contract.event import OWNERS
from desk_deploy.kafka.topics import ensure_topics

pytestmark = [pytest.mark.postgres, pytest.mark.kafka]


async def test_each_store_comes_back_as_it_was(database: str, kafka: str, kafka_prefix: str) -> None:
    settings = KafkaSettings(kafka, kafka_prefix, session_timeout_ms=6_000)
    await ensure_topics(kafka, kafka_prefix)
    async with Drill(database, lambda _waker: KafkaBus(settings)) as drill:
        for owner in ("sla", "triage"):
            await drill.lose(owner)
            assert drill.wrong() == [], owner
            assert drill.sql(owner, EPOCHS) == [(1,)]
        for owner in ("sla", "triage"):
            await drill.set_back(owner)
            assert drill.wrong() == [], owner
        await drill.set_back(*OWNERS)
        assert drill.wrong() == []
