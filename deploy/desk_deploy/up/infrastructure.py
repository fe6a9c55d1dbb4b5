"""Starts the infrastructure of a desk in order: directory lock, log, port, database, broker, simulated PSA."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from desk.bus.kafka.access import KafkaAccess
from desk.http.app.serving import listen
from desk_deploy.admin import settings_for
from desk_deploy.logfile import logging_to
from desk_deploy.postgres.instance import EmbeddedPostgres
from desk_deploy.up import run_file
from desk_deploy.up.directory_lock import DirectoryLock
from desk_deploy.up.process import LOOPBACK, LaunchError

NO_KAFKA = "no Kafka: name a broker with --kafka HOST:PORT, or install a JDK and Maven, or use --bus local"


@dataclass(frozen=True, slots=True)
class Plan:
    """The options of `desk up`. `data` is absolute; `database` None means the desk's own PostgreSQL."""

    data: Path
    bus: Literal["local", "kafka"] = "local"
    kafka: str | None = None
    database: str | None = None
    port: int = 0
    demo: bool = False
    processes: bool = False


@dataclass(frozen=True, slots=True)
class Infrastructure:
    """The infrastructure of the services. `server`: the desk's own PostgreSQL, None when a database was given;
    `settings`: shared by all services.
    """

    listener: socket.socket
    database: str
    server: EmbeddedPostgres | None
    settings: Mapping[str, Any]


def start_infrastructure(plan: Plan, stack: ExitStack) -> Infrastructure:
    """Start everything that services require; `stack` stops it in the reverse order."""
    lock = DirectoryLock(plan.data / run_file.LOCK)
    lock.acquire()
    stack.callback(lock.release)
    if (left_over := run_file.discard_left_over(plan.data)) is not None:
        sys.stderr.write(f"desk: {left_over}\n")
    stack.enter_context(logging_to(plan.data))
    listener = stack.enter_context(listen(LOOPBACK, plan.port))
    server = None if plan.database else stack.enter_context(EmbeddedPostgres(plan.data))
    settings: dict[str, Any] = {"bus": plan.bus}
    if plan.bus == "kafka":
        settings |= stack.enter_context(_broker(plan))
    if plan.demo:
        from desk_deploy.demo.demo import simulated_psa

        address = f"http://{LOOPBACK}:{listener.getsockname()[1]}"
        settings["psa"] = stack.enter_context(simulated_psa(plan.data, address))
    return Infrastructure(listener, plan.database or (server.url if server else ""), server, settings)


@contextmanager
def _broker(plan: Plan) -> Iterator[dict[str, Any]]:
    """Settings of the given broker, else of one started in the data directory, after its topics were created."""
    from desk_deploy.kafka.provider import find_broker

    if plan.kafka:
        settings = settings_for(plan.data, os.environ, database_url="-", bus="kafka", kafka=plan.kafka)
        _with_topics(plan.kafka, settings.kafka_access())
        yield {"kafka": plan.kafka}
        return
    broker = find_broker(plan.data / "kafka")
    if broker is None:
        raise LaunchError(NO_KAFKA)
    try:
        _with_topics(broker.bootstrap, KafkaAccess())
        yield {"kafka": broker.bootstrap, "kafka_protocol": "PLAINTEXT"}
    finally:
        broker.stop()


def _with_topics(bootstrap: str, access: KafkaAccess) -> None:
    from aiokafka.errors import KafkaError  # type: ignore[import-untyped]

    from desk_deploy.kafka.topics import TopicError, ensure_topics

    try:
        asyncio.run(ensure_topics(bootstrap, access=access))
    except TopicError as error:
        raise LaunchError(str(error)) from error
    except (KafkaError, OSError) as error:
        raise LaunchError(f"no Kafka answers at {bootstrap} ({type(error).__name__}): check --kafka") from error
