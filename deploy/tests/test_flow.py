"""A reader of standard output who pauses holds up nothing but the lines that it would read."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import NamedTuple, cast

import pytest

from desk_deploy.demo.event_tail import EventTail, TailedEvent
from desk_deploy.demo.event_tail_view import Terminal, render

FACT = TailedEvent(datetime(2026, 3, 2, tzinfo=UTC), "intake", "psa-observed", "INC0000045", "person:pat")
PAGES, URL = 4_000, "http://127.0.0.1:1"


class Busy:
    """More facts than any pipe holds."""

    def __init__(self) -> None:
        self.given = asyncio.Event()

    async def pages(self) -> AsyncIterator[list[TailedEvent]]:
        for _ in range(PAGES):
            yield [FACT] * 20
            await asyncio.sleep(0)
        self.given.set()
        await asyncio.Event().wait()


class Pipe(NamedTuple):
    """Nobody reads it unless the test does."""

    reader: int
    terminal: Terminal


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    reader, writer = os.pipe()
    yield Pipe(reader, Terminal(writer))
    os.close(reader)
    for thread in threading.enumerate():
        if thread.name == "flow":
            thread.join(10)
    os.close(writer)


async def test_the_desk_goes_on_when_nobody_reads_what_it_prints(pipe: Pipe) -> None:
    flow = Busy()
    task = asyncio.create_task(render(cast(EventTail, flow), URL, pipe.terminal))
    async with asyncio.timeout(20):
        await flow.given.wait()
    task.cancel()
    async with asyncio.timeout(5):
        with pytest.raises(asyncio.CancelledError):
            await task
    assert not pipe.terminal.ready()


async def test_a_reader_who_comes_back_learns_how_many_facts_were_left_out(pipe: Pipe) -> None:
    flow = Busy()
    task = asyncio.create_task(render(cast(EventTail, flow), URL, pipe.terminal))
    await flow.given.wait()
    read = await asyncio.to_thread(_read_all, pipe.reader)
    task.cancel()
    lines = read.decode().splitlines()
    counted = [int(line.split()[1].replace(",", "")) for line in lines if line.endswith(" more facts")]
    assert lines[0] == f"intake   {URL}/intake/api"
    assert counted
    assert sum(line.endswith("INC0000045  person:pat") for line in lines) + sum(counted) == PAGES * 20


def _read_all(reader: int) -> bytes:
    """Read until nothing arrives for a moment."""
    os.set_blocking(reader, False)
    found, quiet = bytearray(), 0
    while quiet < 20:
        try:
            found += os.read(reader, 65_536)
            quiet = 0
        except BlockingIOError:
            quiet += 1
            time.sleep(0.05)
    return bytes(found)
