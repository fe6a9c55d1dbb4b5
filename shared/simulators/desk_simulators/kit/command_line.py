"""Command line that simulators share: options, serving until a signal, saving the state file."""

import argparse
import asyncio
import signal
import sys
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any

from desk_simulators.kit.background import repeated
from desk_simulators.kit.http.certificates import make_certificate
from desk_simulators.kit.simulator import Simulator

LEDGER_KEPT = 50_000
SAVE_EVERY_SECONDS = 1.0
PAUSE_PER_SAVE = 50

Beside = Coroutine[Any, Any, None]


def parser(vendor: str, description: str, port: int, demo: str) -> argparse.ArgumentParser:
    """Options of every simulator; `demo` says what `--demo` plays."""
    found = argparse.ArgumentParser(prog=f"python -m desk_simulators.{vendor}", description=description)
    found.add_argument("--port", type=int, default=port, help="port on 127.0.0.1; 0 takes a free one")
    found.add_argument("--tls-port", type=int, help="also answer https on this port; 0 takes a free one")
    found.add_argument("--ca", type=Path, help="with --tls-port: file for the CA certificate that clients must trust")
    found.add_argument("--state", type=Path, help="JSON file that keeps the records between starts")
    found.add_argument("--demo", action="store_true", help=demo)
    found.add_argument("--pace", type=float, default=2.0, help="seconds between two acts of the demo")
    found.add_argument("--seed", type=int, default=1, help="seed of the demo")
    found.add_argument("--requests-per-minute", type=int, help="budget of the API; none when left out")
    return found


def run(work: Callable[[], Coroutine[Any, Any, None]]) -> int:
    """Exit code: 0, or 1 with the reason in one line on stderr."""
    try:
        asyncio.run(work())
    except OSError as error:
        sys.stderr.write(f"simulator: {error.strerror or error}\n")
        return 1
    except ValueError as error:
        sys.stderr.write(f"simulator: {error}\n")
        return 1
    return 0


async def serve(simulator: Simulator[Any], options: argparse.Namespace, beside: Sequence[Beside]) -> None:
    """Print `simulator ready URL`, then work until SIGINT or SIGTERM.

    With `--tls-port` a second line names the https address and the CA certificate: `simulator tls URL CA`.
    """
    try:
        with TemporaryDirectory(prefix="simulator-") as folder:
            authority = options.ca or Path(folder) / "ca.pem"
            certificate = None if options.tls_port is None else make_certificate(Path(folder), authority)
            async with simulator.serve(options.port, tls_port=options.tls_port or 0, certificate=certificate) as url:
                sys.stdout.write(f"simulator ready {url}\n")
                if simulator.https_url:
                    sys.stdout.write(f"simulator tls {simulator.https_url} {authority}\n")
                sys.stdout.flush()
                await _until_signalled([_keep_saving(simulator), *beside])
    finally:
        for work in beside:
            work.close()


async def _keep_saving(simulator: Simulator[Any]) -> None:
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


async def _until_signalled(beside: Sequence[Beside]) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    tasks = [asyncio.create_task(work) for work in beside]
    waiting = asyncio.create_task(stop.wait())
    done, _ = await asyncio.wait([waiting, *tasks], return_when=asyncio.FIRST_COMPLETED)
    for task in (waiting, *tasks):
        task.cancel()
    await asyncio.gather(waiting, *tasks, return_exceptions=True)
    for task in done - {waiting}:
        task.result()
