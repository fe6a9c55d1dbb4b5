"""One service in a process of its own, as `desk serve` runs it, on topics of the test's own: `one_service.py SERVICE`.

A twin is a service that breaks one rule on purpose: a checker that finds nothing wrong with it proves nothing.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from typing import Any

from desk.log import hearing, mending, retrying, taking
from desk.log.boundaries import passing
from desk.log.bus.kafka import KafkaBus
from desk.log.bus.kafka_settings import KafkaSettings
from desk.log.bus.local import LocalBus
from desk.log.bus.port import Bus
from desk.log.bus.stubborn import Stubborn
from desk.log.waking import Waker
from desk.settings import Settings
from desk_deploy import alone, composing

PREFIX, TWIN = "CHAOS_PREFIX", "CHAOS_TWIN"
SESSION_MS, HEARTBEAT_MS, PATIENCE = 6_000, 2_000, 1.0
"""The shortest session that a broker allows by default: a killed member keeps its partitions so long, and its successor
answers meanwhile, but hears nothing."""


def inbox_off() -> None:
    """Whatever the bus brings is applied, had or not. The table's unique index on ids is gone too (see the world)."""

    def take(work: Any, engine: Any, found: Any, tally: Any) -> Any:
        if found.event is None or found.event.owner == engine.owner:
            return None
        return taking._apply(work, engine, found, found.event, tally)

    for module in (hearing, retrying):
        module.take = take  # type: ignore[attr-defined]


def acknowledged_first() -> None:
    """What client libraries do by default: the place is saved, then the records are handled; gaps are not asked for."""
    apply = Stubborn.apply

    def first(self: Stubborn, records: Any, rows: Any) -> None:
        apply(self, (), rows)
        passing("polled")
        apply(self, records, ())

    async def mends_nothing(_self: mending.Mender) -> None:
        return None

    Stubborn.apply = first  # type: ignore[method-assign]
    mending.Mender.start = mends_nothing  # type: ignore[method-assign,assignment]


TWINS: Mapping[str, Callable[[], None]] = {
    "": lambda: None,
    "inbox-off": inbox_off,
    "acknowledged-first": acknowledged_first,
}


def main(name: str) -> None:
    """Until SIGTERM, or until a boundary ends it."""
    prefix = os.environ[PREFIX]

    def bus_of(settings: Settings, waker: Waker) -> Bus:
        if settings.bus == "local":
            return LocalBus(waker)
        chosen = KafkaSettings(
            str(settings.kafka),
            prefix,
            session_timeout_ms=SESSION_MS,
            heartbeat_interval_ms=HEARTBEAT_MS,
            patience=PATIENCE,
        )
        return KafkaBus(chosen)

    composing.bus_of = bus_of
    TWINS[os.environ.get(TWIN, "")]()
    alone.serve(name, Settings.from_env(os.environ))


if __name__ == "__main__":
    main(sys.argv[1])
