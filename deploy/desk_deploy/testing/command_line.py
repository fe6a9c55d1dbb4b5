"""Runs `desk` as a process, for tests."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from desk_deploy.testing.fork_server import ForkServer

DESK = [sys.executable, "-c", "from desk_deploy.cli import app; app()"]
PATIENCE = 300
STOPPING = 60


def environment(more: Mapping[str, str]) -> dict[str, str]:
    """This process's environment without variables DESK_*, plus `more`."""
    return {name: value for name, value in os.environ.items() if not name.startswith("DESK_")} | dict(more)


def run(
    *arguments: object, cwd: Path | None = None, env: Mapping[str, str] | None = None, patience: float = PATIENCE
) -> subprocess.CompletedProcess[str]:
    """Run a command and wait for its end. The process is forked from one that has loaded the command line."""
    given = [str(one) for one in arguments]
    with TemporaryFile() as out, TemporaryFile() as err:
        process = _commands().fork(given, cwd or Path.cwd(), environment(env or {}), (out.fileno(), err.fileno()))
        if not process.wait(patience):
            process.stop()
            raise subprocess.TimeoutExpired(given, patience)
        out.seek(0)
        err.seek(0)
        printed = out.read().decode(), err.read().decode()
    assert process.code is not None
    return subprocess.CompletedProcess(given, process.code, *printed)


@cache
def _commands() -> ForkServer:
    """The fork server of this test process."""
    load = "import desk_deploy.cli as c; [c.loaded(name) for name in c.COMMANDS]"
    return ForkServer(load, "from desk_deploy.cli import app; app()")


@dataclass(frozen=True, slots=True)
class Up:
    """A running `desk up`."""

    process: subprocess.Popen[str]
    data: Path
    url: str

    def said(self, *arguments: object, code: int = 0, **more: str) -> str:
        """Run a command on its data directory and return its output; the exit code must be `code`."""
        done = run(*arguments, "--data", self.data, env=more)
        assert done.returncode == code, (arguments, done.stdout, done.stderr)
        return done.stdout

    def json(self, *arguments: object, code: int = 0, **more: str) -> Any:
        """Run a command with --json and decode its output."""
        return json.loads(self.said(*arguments, "--json", code=code, **more))

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Stop it by a signal and return its exit code."""
        self.process.send_signal(number)
        return self.process.wait(STOPPING)


@contextmanager
def up(data: Path, *arguments: object, env: Mapping[str, str] | None = None) -> Iterator[Up]:
    """Run `desk up` on a free port until the block ends, unless it ended before."""
    program = [*DESK, "up", "--data", str(data), "--port", "0", *map(str, arguments)]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True, env=environment(env or {}), cwd="/") as process:  # noqa: S603
        assert process.stdout is not None
        try:
            line = process.stdout.readline()
            assert line.startswith("desk ready http://127.0.0.1:"), line
            yield Up(process, data, line.split()[2])
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            process.stdout.read()
