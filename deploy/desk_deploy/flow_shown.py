"""The flow of facts in the terminal: a live table, or plain lines when piped."""

from __future__ import annotations

import asyncio
import os
import sys
from collections import deque
from typing import TYPE_CHECKING

from desk_deploy.flow import Flow, Told
from desk_deploy.services import SERVICES

if TYPE_CHECKING:
    from rich.console import RenderableType

MOST_LINES = 40
REFRESHES = 4


async def shown(flow: Flow, url: str) -> None:
    """Show the facts until cancelled. The desk goes on when nobody reads what it says."""
    try:
        await (_table(flow, url) if sys.stdout.isatty() else _lines(flow, url))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        await asyncio.Event().wait()


async def _lines(flow: Flow, url: str) -> None:
    for name in SERVICES:
        sys.stdout.write(f"{name:<8} {url}/{name}/api\n")
    sys.stdout.flush()
    async for page in flow.pages():
        for told in page[:MOST_LINES]:
            sys.stdout.write(f"{told.time:%H:%M:%S}  {told.service:<8} {told.fact:<28} {told.ticket}  {told.actor}\n")
        if len(page) > MOST_LINES:
            sys.stdout.write(f"          and {len(page) - MOST_LINES:,} facts more\n")
        sys.stdout.flush()


async def _table(flow: Flow, url: str) -> None:
    from rich.console import Console
    from rich.live import Live

    console = Console()
    latest: deque[Told] = deque(maxlen=200)
    total = 0
    with Live(console=console, refresh_per_second=REFRESHES, screen=False) as live:
        live.update(_view(latest, total, url, console.height))
        async for page in flow.pages():
            latest.extend(page)
            total += len(page)
            live.update(_view(latest, total, url, console.height))


def _view(latest: deque[Told], total: int, url: str, height: int) -> RenderableType:
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    rows = max(3, height - len(SERVICES) - 5)
    table = Table("time", "service", "fact", "ticket", "actor", box=None, pad_edge=False, expand=True)
    for told in list(latest)[-rows:]:
        cells = (f"{told.time:%H:%M:%S}", told.service, told.fact, told.ticket, told.actor)
        table.add_row(*(Text(cell) for cell in cells))
    addresses = "\n".join(f"{name:<8} {url}/{name}/api" for name in SERVICES)
    return Group(table, Text(f"\n{total:,} facts since the start. Ctrl-C stops the desk.\n{addresses}"))
