"""`python -m desk_simulators.connectwise --port 8180 --state psa.json --demo`"""

import argparse
import asyncio
import signal
import sys
from collections.abc import Coroutine
from pathlib import Path
from time import monotonic
from typing import Any

from desk_simulators.connectwise.demo import Demo
from desk_simulators.connectwise.identity import Behaviour
from desk_simulators.connectwise.repeating import repeated
from desk_simulators.connectwise.simulator import ConnectWiseSimulator

LEDGER_KEPT = 50_000
SAVE_EVERY_SECONDS = 1.0
PAUSE_PER_SAVE = 50


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m desk_simulators.connectwise", description="A simulated PSA.")
    parser.add_argument("--port", type=int, default=8180, help="port on 127.0.0.1; 0 takes a free one")
    parser.add_argument("--state", type=Path, help="JSON file that keeps the records between starts")
    parser.add_argument("--demo", action="store_true", help="people at work: an endless trickle of tickets")
    parser.add_argument("--pace", type=float, default=2.0, help="seconds between two acts of the demo")
    parser.add_argument("--seed", type=int, default=1, help="seed of the demo")
    parser.add_argument("--requests-per-minute", type=int, help="budget of the API; none when left out")
    return parser.parse_args()


async def keep_saving(simulator: ConnectWiseSimulator) -> None:
    """Every second while something changes, less often as the file grows: at most a fiftieth of the time."""
    saved = -1

    async def save() -> float:
        nonlocal saved
        revision, began = simulator.state.revision, monotonic()
        if saved != revision:
            simulator.save()
            saved = revision
        return max(SAVE_EVERY_SECONDS, PAUSE_PER_SAVE * (monotonic() - began))

    await repeated("saving", save)


async def run(options: argparse.Namespace) -> None:
    simulator = ConnectWiseSimulator(
        behaviour=Behaviour(requests_per_minute=options.requests_per_minute),
        state_file=options.state,
        ledger_capacity=LEDGER_KEPT,
    )
    async with simulator.serve(options.port) as url:
        sys.stdout.write(f"simulator ready {url}\n")
        sys.stdout.flush()
        beside: list[Coroutine[Any, Any, None]] = [keep_saving(simulator)]
        if options.demo:
            beside.append(Demo(simulator.state, seed=options.seed).run(options.pace))
        await until_told(beside)


async def until_told(beside: list[Coroutine[Any, Any, None]]) -> None:
    """Work until SIGINT or SIGTERM."""
    told = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    tasks = [asyncio.create_task(work) for work in beside]
    waiting = asyncio.create_task(told.wait())
    done, _ = await asyncio.wait([waiting, *tasks], return_when=asyncio.FIRST_COMPLETED)
    for task in (waiting, *tasks):
        task.cancel()
    await asyncio.gather(waiting, *tasks, return_exceptions=True)
    for task in done - {waiting}:
        task.result()


def main() -> int:
    try:
        asyncio.run(run(arguments()))
    except OSError as error:
        sys.stderr.write(f"simulator: {error.strerror or error}\n")
        return 1
    except ValueError as error:
        sys.stderr.write(f"simulator: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
