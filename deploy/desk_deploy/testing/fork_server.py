"""Starts processes that are forked from one that has loaded their program, for tests.

A start then costs a tenth of the processor time: most of it is the import of the program. A forked process is an
ordinary one with its own memory, output, directory, environment and signals; it runs the same entry point and ends as
an interpreter does.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

PR_SET_PDEATHSIG = 1
PATIENCE = 60.0


class Forked:
    """A forked process, handled like `desk_deploy.up.process.Child`. `code`: minus the signal that ended it; None while
    it runs."""

    def __init__(self, line: socket.socket) -> None:
        with line:
            self._answers = line.makefile("r")
        self.pid = int(self._answers.readline())
        self.code: int | None = None
        self._ended = threading.Event()
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        with self._answers:
            said = self._answers.readline()
        self.code = int(said) if said else -signal.SIGKILL
        self._ended.set()

    @property
    def alive(self) -> bool:
        """Whether it has not ended yet."""
        return not self._ended.is_set()

    def wait(self, seconds: float) -> bool:
        """Whether it has ended within so many seconds."""
        return self._ended.wait(seconds)

    def stop(self, *steps: tuple[signal.Signals, float]) -> None:
        """Send signals, each with the seconds it is given to work, and SIGKILL at last."""
        for number, seconds in (*steps, (signal.SIGKILL, PATIENCE)):
            if self.alive:
                os.kill(self.pid, number)
                self.wait(seconds)


class ForkServer:
    """The process that forks. It and its processes end with the one that made it. Threads may share it.

    `load` and `entry` are statements: the first is run once, the second in every forked process. `errors` is a file
    descriptor for the server's own standard error.
    """

    def __init__(
        self, load: str, entry: str, *, environment: Mapping[str, str] | None = None, errors: int | None = None
    ) -> None:
        self._folder = TemporaryDirectory(prefix="desk-")
        self._path = f"{self._folder.name}/socket"
        self._starting, self._started = threading.Lock(), False
        program = f"{load}; from desk_deploy.testing import fork_server as f; f.serve(); {entry}"
        self._process = subprocess.Popen(  # noqa: S603  our own program
            [sys.executable, "-c", program, self._path],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, env=environment, start_new_session=True,
        )  # fmt: skip

    def _ensure_started(self) -> None:
        assert self._process.stdout is not None
        with self._starting:
            self._started = self._started or bool(self._process.stdout.readline())
        if not self._started:
            raise RuntimeError("the fork server did not start: see its standard error")

    def fork(
        self, arguments: Sequence[str], cwd: Path, environment: Mapping[str, str], outputs: tuple[int, int]
    ) -> Forked:
        """Start a process with these arguments; `outputs` are descriptors for standard output and error.

        Waits until the server has loaded the program. RuntimeError when it ended before.
        """
        self._ensure_started()
        order = json.dumps({"arguments": list(arguments), "cwd": str(cwd), "environment": dict(environment)}).encode()
        line = socket.socket(socket.AF_UNIX)
        line.connect(self._path)
        socket.send_fds(line, [len(order).to_bytes(4, "big")], list(outputs))
        line.sendall(order)
        return Forked(line)

    def stop(self) -> None:
        """End the server, and what it forked."""
        self._process.communicate()
        self._folder.cleanup()


def serve() -> None:
    """Fork a process for each order. Returns in that process, ready for the entry point."""
    from desk_deploy.services import SERVICES

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
    """Divide into the ordered process, which returns, and the one that reports its end."""
    _end_with_parent()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    length, outputs, _, _ = socket.recv_fds(line, 4, 2)
    with line.makefile("rb") as reader:
        order = json.loads(reader.read(int.from_bytes(length, "big")))
    ordered = os.fork()
    if ordered:
        line.sendall(b"%d\n" % ordered)
        _, status = os.waitpid(ordered, 0)
        line.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))
        os._exit(0)
    _end_with_parent()
    line.close()
    for descriptor, output in zip((1, 2), outputs, strict=True):
        os.dup2(output, descriptor)
    for output in outputs:
        os.close(output)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.environ.clear()
    os.environ.update(order["environment"])
    os.chdir(order["cwd"])
    sys.argv[1:] = order["arguments"]


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
