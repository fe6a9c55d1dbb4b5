"""Finds or starts Apache Kafka for tests, the bench and `desk up --bus kafka`."""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from desk_deploy.kafka.container import engine_answers, start_container
from desk_deploy.kafka.local_broker import LocalKafka

__all__ = ["Broker", "LocalKafka", "can_run_locally", "find_broker"]


@dataclass(frozen=True, slots=True)
class Broker:
    """A running broker. `bootstrap`: address for clients; `stop`: stops it, unless the environment named it."""

    bootstrap: str
    origin: Literal["environment", "docker", "local"]
    stop: Callable[[], None]


def can_run_locally() -> bool:
    """Whether this machine has the two programs that LocalKafka needs."""
    return bool(shutil.which("java") and shutil.which("mvn"))


def find_broker(folder: Path) -> Broker | None:
    """Find a broker: DESKSTREAM_KAFKA, else a new container, else LocalKafka in `folder`, else None.

    Raises LaunchError when the chosen way fails."""
    if given := os.environ.get("DESKSTREAM_KAFKA"):
        return Broker(given, "environment", lambda: None)
    if engine_answers():
        bootstrap, stop = start_container()
        return Broker(bootstrap, "docker", stop)
    if can_run_locally():
        kafka = LocalKafka(folder)
        kafka.start()
        return Broker(kafka.bootstrap, "local", kafka.stop)
    return None
