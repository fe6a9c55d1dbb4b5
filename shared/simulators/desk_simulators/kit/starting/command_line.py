"""Command line that simulators share: options, serving until a signal, saving the state file."""

import argparse
import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

from desk_simulators.kit.background import repeated
from desk_simulators.kit.http.certificates import make_certificate
from desk_simulators.kit.http.control import PREFIX
from desk_simulators.kit.starting.vendor import Beside, Options, Served, Started, Vendor

SAVE_EVERY_SECONDS = 1.0
PAUSE_PER_SAVE = 50
FAILED = 1

Announce = Callable[[Started, str, Path | None], str]
"""The text printed once the simulator answers, from its address and the CA certificate."""


def main(vendor: Vendor) -> int:
    """`python -m desk_simulators.<vendor>`: exit code 0, or 1 with the reason in one line on standard error."""
    return run(vendor, Options(**vars(_parser(vendor).parse_args())), announced_to_people)


def run(vendor: Vendor, options: Options, announce: Announce) -> int:
    """Serve until SIGINT or SIGTERM. Exit code as in `main`."""
    try:
        asyncio.run(_serve(vendor, options, announce))
    except OSError as error:
        sys.stderr.write(f"simulator: {error.strerror or error}\n")
        return FAILED
    except ValueError as error:
        sys.stderr.write(f"simulator: {error}\n")
        return FAILED
    return 0


def announced_to_people(started: Started, url: str, ca: Path | None) -> str:
    """`simulator ready URL`; with TLS a second line `simulator tls URL CA`."""
    secure = started.simulator.https_url
    return f"simulator ready {url}\n" + (f"simulator tls {secure} {ca}\n" if secure else "")


def announced_to_programs(vendor: Vendor) -> Announce:
    """One line of JSON. With TLS its address is the https one."""

    def announce(started: Started, url: str, ca: Path | None) -> str:
        address = started.simulator.https_url or url
        line = {
            "vendor": vendor.name,
            "url": address,
            "ca_file": None if ca is None else str(ca),
            "credentials": dict(started.credentials),
            "control": f"{address}{PREFIX}",
            "pid": os.getpid(),
        }
        return f"{json.dumps(line)}\n"

    return announce


def _parser(vendor: Vendor) -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(prog=f"python -m desk_simulators.{vendor.name}", description=vendor.title)
    found.add_argument("--port", type=int, default=vendor.port, help="port on 127.0.0.1; 0 takes a free one")
    found.add_argument("--tls-port", type=int, help="also answer https on this port; 0 takes a free one")
    found.add_argument("--tls", action="store_true", help="answer https on --port, and http on a free port")
    found.add_argument("--ca", type=Path, help="with https: file for the CA certificate that clients must trust")
    found.add_argument("--state", type=Path, help="JSON file that keeps the records between starts")
    found.add_argument("--demo", action="store_true", help=vendor.demo)
    found.add_argument("--pace", type=float, default=2.0, help="seconds between two acts of the demo")
    found.add_argument("--seed", type=int, default=1, help="seed of the demo")
    found.add_argument("--requests-per-minute", type=int, help="budget of the API; none when left out")
    return found


async def _serve(vendor: Vendor, options: Options, announce: Announce) -> None:
    started = vendor.start(options)
    beside = [started.demo(options.seed, options.pace)] if options.demo else []
    try:
        await _answer(started, options, beside, announce)
    finally:
        for work in beside:
            work.close()


async def _answer(started: Started, options: Options, beside: Sequence[Beside], announce: Announce) -> None:
    simulator = started.simulator
    plain, secure = (0, options.port) if options.tls else (options.port, options.tls_port)
    with TemporaryDirectory(prefix="simulator-") as folder:
        authority = None if secure is None else options.ca or Path(folder) / "ca.pem"
        certificate = None if authority is None else make_certificate(Path(folder), authority)
        async with simulator.serve(plain, tls_port=secure or 0, certificate=certificate) as url:
            if options.tls and simulator.https_url is not None:
                simulator.reached_at(simulator.https_url)
            sys.stdout.write(announce(started, url, authority))
            sys.stdout.flush()
            await _until_signalled([_keep_saving(simulator), *beside])


async def _keep_saving(simulator: Served) -> None:
    """Every second while something changes, less often as the file grows: at most a fiftieth of the time."""
    saved = -1

    async def save() -> float:
        nonlocal saved
        revision, began = simulator.revision, monotonic()
        if saved != revision:
            simulator.save()
            saved = revision
        return max(SAVE_EVERY_SECONDS, PAUSE_PER_SAVE * (monotonic() - began))

    await repeated("saving", save)


async def _until_signalled(beside: Sequence[Coroutine[None, None, None]]) -> None:
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
