"""Starts a whole desk in order, shows what flows, and stops it in the reverse order."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from desk.http.serving import listen
from desk_deploy import note
from desk_deploy.directory_lock import DirectoryLock
from desk_deploy.flow import Flow
from desk_deploy.flow_shown import shown
from desk_deploy.logfile import logging_to
from desk_deploy.postgres import EmbeddedPostgres
from desk_deploy.process import LOOPBACK, LaunchError
from desk_deploy.ready import Answering, wait_until_ready

LOOK_AFTER_DATABASE = 1.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What `desk up` was asked for. `data` is absolute; `database` None is a PostgreSQL of the desk's own."""

    data: Path
    bus: Literal["local", "kafka"] = "local"
    kafka: str | None = None
    database: str | None = None
    port: int = 0
    demo: bool = False
    processes: bool = False


@dataclass(frozen=True, slots=True)
class Ground:
    """What the services stand on. `server` is the desk's own PostgreSQL, None when one was given."""

    database: str
    server: EmbeddedPostgres | None
    settings: Mapping[str, Any]


def run(plan: Plan) -> None:
    """Until SIGINT or SIGTERM. LaunchError and its kind, one line, when something stands in the way."""
    with ExitStack() as stack:
        try:
            stack.enter_context(_interrupted_by_term())
            _run(plan, stack)
        except KeyboardInterrupt:
            stack.close()
    sys.stdout.write("desk stopped\n")


def _run(plan: Plan, stack: ExitStack) -> None:
    lock = DirectoryLock(plan.data / note.LOCK)
    lock.acquire()
    stack.callback(lock.release)
    stack.enter_context(logging_to(plan.data))
    listener = stack.enter_context(listen(LOOPBACK, plan.port))
    server = None if plan.database else stack.enter_context(EmbeddedPostgres(plan.data))
    settings: dict[str, Any] = {"bus": plan.bus}
    if plan.bus == "kafka":
        settings["kafka"] = stack.enter_context(_broker(plan))
    if plan.demo:
        from desk_deploy.demo import simulated_psa

        settings["psa"] = stack.enter_context(
            simulated_psa(plan.data, f"http://{LOOPBACK}:{listener.getsockname()[1]}")
        )
    database = plan.database or (server.url if server else "")
    asyncio.run(_serve(plan, Ground(database, server, settings), listener))


async def _serve(plan: Plan, ground: Ground, listener: socket.socket) -> None:
    told = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    async with AsyncExitStack() as stack:
        desk = await stack.enter_async_context(_services(plan, ground, listener))
        await wait_until_ready(desk.url)
        if plan.demo:
            from desk_deploy.demo import publish_status_map

            await publish_status_map(desk.url, desk.token)
        sys.stdout.write(f"desk ready {desk.url}\n")
        sys.stdout.flush()
        beside = [asyncio.create_task(shown(Flow(ground.database), desk.url))]
        if ground.server is not None:
            beside.append(asyncio.create_task(_kept_up(ground.server)))
        await _until(told, beside)


def _services(plan: Plan, ground: Ground, listener: socket.socket) -> AbstractAsyncContextManager[Answering]:
    if plan.processes:
        from desk_deploy.fleet import fleet

        return fleet(plan.data, ground.database, listener, ground.settings)
    from desk_deploy.embedded import embedded

    return embedded(plan.data, ground.database, listener=listener, **ground.settings)


async def _until(told: asyncio.Event, beside: list[asyncio.Task[None]]) -> None:
    """Until somebody says stop; what runs beside the desk must not end before, an error in it ends the desk."""
    waiting = asyncio.create_task(told.wait())
    done, _ = await asyncio.wait([waiting, *beside], return_when=asyncio.FIRST_COMPLETED)
    for task in (waiting, *beside):
        task.cancel()
    await asyncio.gather(waiting, *beside, return_exceptions=True)
    for task in done - {waiting}:
        task.result()


async def _kept_up(server: EmbeddedPostgres) -> None:
    """A database that ended by itself is started again on its data; the services find it again alone."""
    while True:
        await asyncio.sleep(LOOK_AFTER_DATABASE)
        if server.pid is None:
            await asyncio.to_thread(server.start)


@contextmanager
def _broker(plan: Plan) -> Iterator[str]:
    """The given broker, else one of our own in the data directory; its topics are there."""
    from desk_deploy.kafka import find_broker

    if plan.kafka:
        _with_topics(plan.kafka)
        yield plan.kafka
        return
    broker = find_broker(plan.data / "kafka")
    if broker is None:
        raise LaunchError(
            "no Kafka: name a broker with --kafka HOST:PORT, or install a JDK and Maven, or use --bus local"
        )
    try:
        _with_topics(broker.bootstrap)
        yield broker.bootstrap
    finally:
        broker.stop()


def _with_topics(bootstrap: str) -> None:
    from aiokafka.errors import KafkaError  # type: ignore[import-untyped]

    from desk_deploy.topics import TopicError, ensure_topics

    try:
        asyncio.run(ensure_topics(bootstrap))
    except TopicError as error:
        raise LaunchError(str(error)) from error
    except (KafkaError, OSError) as error:
        raise LaunchError(f"no Kafka answers at {bootstrap} ({type(error).__name__}): check --kafka") from error


@contextmanager
def _interrupted_by_term() -> Iterator[None]:
    """SIGTERM ends the start like Ctrl-C does."""

    def interrupt(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
