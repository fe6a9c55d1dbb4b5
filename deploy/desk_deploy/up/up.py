"""Starts a whole desk in order, displays recorded facts, and stops it in the reverse order."""

from __future__ import annotations

import asyncio
import os
import shlex
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from pathlib import Path

from desk.http.auth.issuer import development_issuer
from desk.supervision.essential_tasks import run_until
from desk.supervision.loops import Loops
from desk_deploy.admin import admin_token, settings_for
from desk_deploy.demo.event_tail import EventTail
from desk_deploy.demo.event_tail_view import Terminal, render
from desk_deploy.up import event_loop
from desk_deploy.up.infrastructure import Infrastructure, Plan, start_infrastructure
from desk_deploy.up.ready import Answering, wait_until_ready

LOOK_AFTER_DATABASE = 1.0
CLUSTER = "postgres"
"""The folder of the desk's own database in its data directory."""


def run(plan: Plan) -> None:
    """Run until SIGINT or SIGTERM; TaskEnded when an essential task ends.

    LaunchError and similar errors, with one line, when the desk cannot start.
    """
    first = plan.database is None and not plan.demo and not (plan.data / CLUSTER).exists()
    with ExitStack() as stack:
        try:
            stack.enter_context(_interrupted_by_term())
            event_loop.run(_serve(plan, start_infrastructure(plan, stack), first_steps(plan.data) if first else ""))
        except KeyboardInterrupt:
            stack.close()
    terminal = Terminal()
    if terminal.ready():
        terminal.write("desk stopped\n")


def first_steps(data: Path) -> str:
    """The next steps on a desk that holds nothing yet, as lines that can be copied."""
    of = f" --data {shlex.quote(str(data))}"
    return f"""This desk is empty. Without a PSA, record your clients, contacts and devices, e.g. from the sample:
  desk directory sample > directory.yaml
  desk directory import directory.yaml{of}
  DESK_TOKEN=$(desk token tier1 --sub tess{of}) desk quick --help
With a PSA, name it in DESK_PSA and start again. To see a desk at work: desk up --demo --data OTHER_FOLDER
"""


async def _serve(plan: Plan, infrastructure: Infrastructure, steps: str) -> None:
    shutdown_requested = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, shutdown_requested.set)
    async with AsyncExitStack() as stack:
        desk = await stack.enter_async_context(_services(plan, infrastructure))
        await wait_until_ready(desk.url)
        if plan.demo:
            from desk_deploy.demo.demo import publish_policies

            await publish_policies(desk.url, [desk.token, _second_token(plan, infrastructure)])
        event_loop.freeze_gc()
        sys.stdout.write(f"desk ready {desk.url}\n{steps}")
        sys.stdout.flush()
        async with _background_loops(infrastructure, desk.url) as background:
            await run_until(shutdown_requested, background, *desk.loops)


def _second_token(plan: Plan, infrastructure: Infrastructure) -> str:
    """The token of a second administrator, because some policies require two persons."""
    settings = settings_for(plan.data, os.environ, database_url=infrastructure.database, **infrastructure.settings)
    return admin_token(development_issuer(settings), "desk-demo")


def _services(plan: Plan, infrastructure: Infrastructure) -> AbstractAsyncContextManager[Answering]:
    if plan.processes:
        from desk_deploy.up.fleet import fleet

        return fleet(plan.data, infrastructure.database, infrastructure.listener, infrastructure.settings)
    from desk_deploy.up.one_process import embedded

    return embedded(plan.data, infrastructure.database, listener=infrastructure.listener, **infrastructure.settings)


@asynccontextmanager
async def _background_loops(infrastructure: Infrastructure, url: str) -> AsyncIterator[Loops]:
    """Display recorded facts, and restart a database that ended by itself; services reconnect on their own. An error in
    one loop stops neither the other nor the desk."""
    loops, server = Loops("desk"), infrastructure.server

    async def show() -> None:
        await render(EventTail(infrastructure.database), url)

    async def keep_up() -> float:
        if server is not None and server.pid is None:
            await asyncio.to_thread(server.start)
        return LOOK_AFTER_DATABASE

    background = [loops.task("flow", show), *([loops.task("database", keep_up)] if server is not None else [])]
    for loop in background:
        loop.start()
    try:
        yield loops
    finally:
        for loop in background:
            await loop.cancel()


@contextmanager
def _interrupted_by_term() -> Iterator[None]:
    """Let SIGTERM interrupt the startup like Ctrl-C."""

    def interrupt(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
