"""Kills under load, then rest, then the checker."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.chaos.checks.drained import Look, at_rest
from tests.chaos.desk.members import Arming, Kill, all_ready
from tests.chaos.desk.workdir import ROOT, Places, checked
from tests.chaos.desk.world import World, running
from tests.chaos.people.load import load
from tests.chaos.recovery import Recovery, p95

REST = 90.0
TAIL = 2.0


@dataclass
class Outcome:
    """The result of a campaign: the checker's figures and the kills."""

    right: bool
    figures: dict[str, Any]
    kills: list[Kill]
    look: Look
    seconds: dict[str, float]

    def summary(self, seed: int) -> str:
        """For people; `examples` only where something is wrong."""
        backs = [kill.back for kill in self.kills if kill.back is not None]
        hears = [kill.hears for kill in self.kills if kill.hears is not None]
        lines = {
            "seed": seed,
            "kills": len(self.kills),
            "by boundary": dict(sorted(Counter(kill.boundary for kill in self.kills).items())),
            "by service": dict(Counter(kill.service for kill in self.kills)),
            "answers again, p95 s": f"{p95(backs):.1f} of {len(backs)}",
            "hears again, p95 s": f"{p95(hears):.1f} of {len(hears)}",
            "seconds": {name: round(value, 1) for name, value in self.seconds.items()},
            **self.figures,
        }
        return "\n".join(f"{name}: {value}" for name, value in lines.items())


async def campaign(
    places: Places, seed: int, plan: Mapping[str, Sequence[Arming]], longest: float, rest: float = REST
) -> Outcome:
    """Carry out the plan under load, for at most `longest` seconds, rest for at most `rest`, and check."""
    began = time.monotonic()
    async with running(places) as world:
        started = time.monotonic()
        for name, armings in plan.items():
            world.members[name].plan.extend(armings)
        async with load(world, seed) as journal:
            await _killed(world, longest)
        ended = time.monotonic()
        await world.post("intake", "reconcile", {})
        look, resting = await at_rest(world, rest)
        right, figures = await check(checked(places, journal.path, seed))
        kills = [kill for member in world.members.values() for kill in member.kills]
    seconds = {"start": started - began, "load": ended - started, "rest": resting, "all": time.monotonic() - began}
    return Outcome(right, figures, kills, look, seconds)


async def judged(world: World, journal: Path, seed: int, rest: float = REST) -> tuple[bool, dict[str, Any]]:
    """Compare with the PSA once, wait for rest, check."""
    await world.post("intake", "reconcile", {})
    await at_rest(world, rest)
    return await check(checked(world.places, journal, seed))


async def _killed(world: World, longest: float) -> None:
    """The first death of each service is by hand: from then on every start is armed."""
    watching = asyncio.create_task(Recovery(world).watch())
    keeping = [asyncio.create_task(member.kept_up()) for member in world.members.values()]
    try:
        for member in world.members.values():
            member.kill()
        async with asyncio.timeout(longest):
            while not all(member.done for member in world.members.values()):
                for task in keeping:
                    if task.done():
                        task.result()
                await asyncio.sleep(0.2)
        await all_ready(world.members.values())
        await asyncio.sleep(TAIL)
    finally:
        for task in (watching, *keeping):
            task.cancel()
        await asyncio.gather(watching, *keeping, return_exceptions=True)


async def check(run: Path) -> tuple[bool, dict[str, Any]]:
    """Run the checker in a process of its own."""
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.chaos.checks.checker", str(run),
        cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await program.communicate()
    assert program.returncode in (0, 1), err.decode()
    figures = json.loads(out)
    return program.returncode == 0, figures
