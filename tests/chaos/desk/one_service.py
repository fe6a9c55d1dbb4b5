"""One service in a process of its own, as `desk serve` runs it, on topics of the test's own: `one_service.py SERVICE`.

A twin is a service that breaks one rule on purpose: a checker that finds nothing wrong with it proves nothing.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from typing import Any
from unittest.mock import patch

from desk import fault_points
from desk.bus.kafka.bus import KafkaBus
from desk.bus.kafka.settings import KafkaSettings
from desk.bus.local.bus import LocalBus
from desk.bus.port import Bus
from desk.bus.retrying_apply import RetryingApply
from desk.eventstore.unit_of_work.commit_notifier import CommitNotifier
from desk.fault_points import fault_point
from desk.inbox import apply_batch, gap_filler, retry_parked, sequencing
from desk.settings import Settings
from desk_deploy.up import assemble, single_service

PREFIX, TWIN = "CHAOS_PREFIX", "CHAOS_TWIN"
SESSION_MS, HEARTBEAT_MS, PATIENCE = 6_000, 2_000, 1.0
"""The shortest session that a broker allows by default: a killed member keeps its partitions so long, and its successor
answers meanwhile, but hears nothing."""


def broken(owner: object, name: str, new: object) -> None:
    """Replace an attribute that exists: a twin that patches a name nobody reads is no twin. AttributeError else."""
    patch.object(owner, name, new).start()


def inbox_off() -> None:
    """Whatever the bus brings is applied, had or not. The table's unique index on ids is gone too (see the world)."""

    def take(work: Any, runner: Any, found: Any, tally: Any) -> Any:
        if found.event is None or found.event.owner == runner.owner:
            return None
        return sequencing._apply(work, runner, found, found.event, tally)

    for module in (apply_batch, retry_parked):
        broken(module, "apply_next", take)


def acknowledged_first() -> None:
    """The default of client libraries: offsets are saved before records are handled, and gaps are not filled."""
    apply = RetryingApply.apply

    def first(self: RetryingApply, records: Any, rows: Any) -> None:
        apply(self, (), rows)
        fault_point("inbox committed")
        apply(self, records, ())

    async def mends_nothing(_self: gap_filler.GapFiller) -> None:
        return None

    broken(RetryingApply, "apply", first)
    broken(gap_filler.GapFiller, "start", mends_nothing)


TWINS: Mapping[str, Callable[[], None]] = {
    "": lambda: None,
    "inbox-off": inbox_off,
    "acknowledged-first": acknowledged_first,
}


def main(name: str) -> None:
    """Until SIGTERM, or until a boundary ends it."""
    prefix = os.environ[PREFIX]

    def bus_of(settings: Settings, notifier: CommitNotifier) -> Bus:
        if settings.bus == "local":
            return LocalBus(notifier)
        chosen = KafkaSettings(
            str(settings.kafka),
            prefix,
            session_timeout_ms=SESSION_MS,
            heartbeat_interval_ms=HEARTBEAT_MS,
            patience=PATIENCE,
        )
        return KafkaBus(chosen)

    assemble.bus_of = bus_of
    TWINS[os.environ.get(TWIN, "")]()
    single_service.serve(name, Settings.from_env(os.environ))


def forked() -> None:
    """`main` in a process forked from one that has loaded this module: its boundaries are those of its environment."""
    fault_points._left = fault_points.armed(os.environ.get(fault_points.VARIABLE, ""))
    main(sys.argv[1])


if __name__ == "__main__":
    main(sys.argv[1])
