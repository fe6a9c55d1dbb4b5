"""Health: whether the process is alive (makes progress) and ready (can serve requests)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple, Protocol

from desk.supervision.loops import Loops

PATIENCE = 2.0
Check = Callable[[], Awaitable[str | None]]
"""Returns None, or the problem in a few words (for operators: ids and sizes only)."""


class Report(NamedTuple):
    """The result: `checks` maps the name of each check to `ok` or its problem."""

    ok: bool
    checks: dict[str, str]


class Health(Protocol):
    """The source of /health/live and /health/ready."""

    async def live(self) -> Report:
        """Whether the process is alive. Not ok: restart it."""

    async def ready(self) -> Report:
        """Whether requests can be served. Not ok: send none at the moment."""

    async def notes(self) -> dict[str, str]:
        """Problems that need an operator although requests can be served, by name."""


class Checks:
    """Health made of named checks; one that does not answer within 2 s or fails is not ok."""

    def __init__(
        self,
        live: Mapping[str, Check] | None = None,
        ready: Mapping[str, Check] | None = None,
        notes: Mapping[str, Check] | None = None,
        loops: Loops | None = None,
    ) -> None:
        """All running loops are liveness checks as well, under their names."""
        self._live, self._ready, self._notes = dict(live or {}), dict(ready or {}), dict(notes or {})
        self._loops = loops

    async def live(self) -> Report:
        report = await _run(self._live)
        turns = {name: wrong or "ok" for name, wrong in self._loops.complaints()} if self._loops is not None else {}
        return Report(report.ok and all(result == "ok" for result in turns.values()), {**turns, **report.checks})

    async def ready(self) -> Report:
        return await _run(self._ready)

    async def notes(self) -> dict[str, str]:
        found = await _run(self._notes)
        return {name: note for name, note in found.checks.items() if note != "ok"}


async def _run(checks: Mapping[str, Check]) -> Report:
    found = dict(zip(checks, await asyncio.gather(*map(_one, checks.values())), strict=True))
    return Report(all(result == "ok" for result in found.values()), found)


async def _one(check: Check) -> str:
    try:
        return await asyncio.wait_for(check(), PATIENCE) or "ok"
    except TimeoutError:
        return f"no answer within {PATIENCE:g} s"
    except Exception as error:
        return f"failed ({type(error).__name__})"
