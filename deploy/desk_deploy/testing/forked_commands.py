"""Runs `desk` commands as processes forked from one that has loaded the command line, for tests.

A command then costs a tenth of the processor time: most of it is the import of the program. It is an ordinary process
with its own memory, output, directory and environment; it runs the same entry point and ends as an interpreter does.
"""

from __future__ import annotations

import gc
import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile

PROGRAM = "from desk_deploy.testing import forked_commands as f; f.serve(); from desk_deploy.cli import app; app()"


class ForkServer:
    """The process that forks. It ends with the process that made it. `run` may be called by several threads."""

    def __init__(self) -> None:
        self._folder = TemporaryDirectory(prefix="desk-")
        self._path = f"{self._folder.name}/socket"
        self._process = subprocess.Popen(  # noqa: S603  our own program
            [sys.executable, "-c", PROGRAM, self._path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert self._process.stdout is not None
        self._process.stdout.readline()

    def run(
        self, arguments: Sequence[str], cwd: Path, environment: Mapping[str, str], patience: float
    ) -> subprocess.CompletedProcess[str]:
        """Run a command and wait for its end; TimeoutExpired after `patience` seconds, and the command is killed."""
        order = json.dumps({"arguments": list(arguments), "cwd": str(cwd), "environment": dict(environment)}).encode()
        with TemporaryFile() as out, TemporaryFile() as err, socket.socket(socket.AF_UNIX) as line:
            line.connect(self._path)
            socket.send_fds(line, [len(order).to_bytes(4, "big")], [out.fileno(), err.fileno()])
            line.sendall(order)
            line.settimeout(patience)
            with line.makefile("r") as answers:
                process = int(answers.readline())
                try:
                    code = int(answers.readline())
                except TimeoutError:
                    os.kill(process, signal.SIGKILL)
                    raise subprocess.TimeoutExpired(list(arguments), patience) from None
            printed = []
            for file in (out, err):
                file.seek(0)
                printed.append(file.read().decode())
        return subprocess.CompletedProcess(list(arguments), code, *printed)


@cache
def fork_server() -> ForkServer:
    """The server of this test process."""
    return ForkServer()


def serve() -> None:
    """Fork a process for each order. Returns in that process, ready for the entry point."""
    import desk_deploy.cli
    from desk_deploy.services import SERVICES

    assert desk_deploy.cli.app
    for definition in SERVICES.values():
        definition()
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(sys.argv[1])
        listener.listen()
        print("ready", flush=True)  # noqa: T201
        while True:
            ready, _, _ = select.select([listener, sys.stdin], [], [])
            if sys.stdin in ready:  # its end: the test process is gone
                os._exit(0)
            line, _ = listener.accept()
            if os.fork() == 0:
                listener.close()
                _watched(line)
                return
            line.close()


def _watched(line: socket.socket) -> None:
    """Divide into the command, which returns, and the process that reports its end."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    length, outputs, _, _ = socket.recv_fds(line, 4, 2)
    with line.makefile("rb") as reader:
        order = json.loads(reader.read(int.from_bytes(length, "big")))
    command = os.fork()
    if command:
        line.sendall(b"%d\n" % command)
        _, status = os.waitpid(command, 0)
        line.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))
        os._exit(0)
    line.close()
    for descriptor, output in zip((1, 2), outputs, strict=True):
        os.dup2(output, descriptor)
        os.close(output)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.environ.clear()
    os.environ.update(order["environment"])
    os.chdir(order["cwd"])
    sys.argv[1:] = order["arguments"]
