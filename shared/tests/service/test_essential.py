"""A process ends with an error when its server or one of its loops has ended by itself."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from desk.http.app import serving as served
from desk.http.app.serving import listen, serving
from desk.supervision.essential_tasks import TaskEnded, bound_to, run_until
from desk.supervision.loops import Loops


async def hello(_: object) -> PlainTextResponse:
    return PlainTextResponse("hello")


def app() -> Starlette:
    return Starlette(routes=[Route("/", hello)])


class Server(served._Server):
    """A server that ends on request, with an error or without one."""

    wrong: Exception | None = None
    running: list[Server] = []

    async def main_loop(self) -> None:
        self.running.append(self)
        await super().main_loop()
        if self.wrong is not None:
            raise self.wrong


@pytest.mark.parametrize("error", [OSError(9, "bad descriptor"), None], ids=["error", "end"])
async def test_a_server_that_ends_by_itself_ends_what_runs_on_it(
    monkeypatch: pytest.MonkeyPatch, error: Exception | None
) -> None:
    monkeypatch.setattr(served, "_Server", Server)
    Server.running.clear()
    ended = False
    with pytest.raises(TaskEnded, match="HTTP server has ended by itself") as raised:
        async with serving(app(), listen("127.0.0.1", 0)) as url, httpx.AsyncClient() as client:
            assert (await client.get(url)).text == "hello"
            Server.running[0].wrong, Server.running[0].should_exit = error, True
            try:
                await asyncio.wait_for(asyncio.Event().wait(), 10)
            finally:
                ended = True
    assert ended and raised.value.__cause__ is error
    current = asyncio.current_task()
    assert current is not None and current.cancelling() == 0


async def test_a_server_that_cannot_start_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    async def startup(*_: object) -> None:
        raise OSError(24, "too many open files")

    monkeypatch.setattr(served._Server, "startup", startup)
    with pytest.raises(TaskEnded):
        async with asyncio.timeout(10), serving(app(), listen("127.0.0.1", 0)):
            raise AssertionError("served")


async def test_an_error_of_the_block_is_raised_as_it_is() -> None:
    with pytest.raises(LookupError):
        async with serving(app(), listen("127.0.0.1", 0)):
            raise LookupError


async def test_a_cancellation_from_elsewhere_stays_one() -> None:
    running = asyncio.create_task(asyncio.sleep(60))

    async def block() -> None:
        async with bound_to(running, "sleep"):
            await asyncio.sleep(60)

    working = asyncio.create_task(block())
    await asyncio.sleep(0)
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    running.cancel()


async def test_a_loop_that_was_cancelled_from_elsewhere_ends_the_wait_of_the_process() -> None:
    async def turn() -> float:
        return 60.0

    loops, stop = Loops("docs"), asyncio.Event()
    steady, cancelled = loops.task("timers", turn), loops.task("relay", turn)
    steady.start()
    cancelled.start()
    assert cancelled.task is not None
    await asyncio.sleep(0.01)
    assert loops.ended() == []
    cancelled.task.cancel()
    with pytest.raises(TaskEnded, match="docs relay"):
        await run_until(stop, loops, every=0.01)
    assert [wrong for name, wrong in loops.complaints() if name == "relay"] == ["ended"]
    await cancelled.stop()
    stop.set()
    await run_until(stop, loops, every=0.01)
    await steady.stop()


SERVING = """
import asyncio, sys
from desk_deploy.up.single_service import serve
from desk.settings import Settings
from desk.http.app import serving

class Dying(serving._Server):
    async def on_tick(self, counter):
        if counter > 10:
            raise OSError(9, "bad descriptor")
        return await super().on_tick(counter)

serving._Server = Dying
settings = {"DESK_DATABASE_URL": sys.argv[1], "DESK_PORT": "0", "DESK_TOKEN_KEY": sys.argv[2]}
serve("docs", Settings.from_env(settings))
"""


@pytest.mark.postgres
def test_the_process_of_a_service_ends_with_an_error_when_its_server_dies(database: str, tmp_path: Path) -> None:
    program = [sys.executable, "-c", SERVING, database, str(tmp_path / "token.pem")]
    done = subprocess.run(program, capture_output=True, text=True, timeout=90)
    assert "docs ready http://" in done.stdout
    assert done.returncode == 1
    assert "TaskEnded: the HTTP server has ended by itself" in done.stderr


STEADY = SERVING.replace("serving._Server = Dying", "")


@pytest.mark.postgres
def test_the_process_of_a_service_ends_in_order_on_request(database: str, tmp_path: Path) -> None:
    program = [sys.executable, "-c", STEADY, database, str(tmp_path / "token.pem")]
    with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("docs ready")
        os.kill(process.pid, signal.SIGTERM)
        assert process.wait(60) == 0
