"""Starts services as processes forked from one that has loaded everything: `fork_server.py PORT`.

A start costs a quarter of a second of a core instead of two, so that a hundred kills fit into minutes. A forked service
is an ordinary process, with its own memory, sockets and signals, and no earlier state.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from desk_deploy.up.process import Child

PR_SET_PDEATHSIG = 1
PATIENCE = 60.0
PROGRAM = Path(__file__).with_name("one_service.py")


class Cold:
    """A service with an interpreter of its own, as in production; the start takes seconds of a core."""

    def __init__(self, name: str, log: Path, environment: Mapping[str, str]) -> None:
        self._child = Child([sys.executable, str(PROGRAM), name], log=log, environment=environment)
        self.pid, self.stop = self._child.pid, self._child.stop

    @property
    def alive(self) -> bool:
        """Whether it has not ended yet."""
        return self._child.alive

    @property
    def code(self) -> int | None:
        """Its exit code, minus the signal that ended it; None while it runs."""
        assert self._child._process is not None
        return self._child._process.returncode


class Nursed:
    """A forked service, handled like `desk_deploy.up.process.Child`.

    It holds one end of a connection: what it writes there is its exit code, and an end without one is a kill.
    """

    def __init__(self, port: int, name: str, log: Path, environment: Mapping[str, str]) -> None:
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as asked:
            self._line = asked.dup()
        self._line.settimeout(None)
        order = {"name": name, "log": str(log), "environment": dict(environment)}
        self._line.sendall(json.dumps(order).encode() + b"\n")
        self._answers = self._line.makefile("r")
        self.pid = int(self._answers.readline())
        self.code: int | None = None
        self._ended = threading.Event()
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        said = self._answers.readline().strip()
        self.code = int(said) if said else -signal.SIGKILL
        self._answers.close()
        self._line.close()
        self._ended.set()

    @property
    def alive(self) -> bool:
        """Whether it has not ended yet."""
        return not self._ended.is_set()

    def stop(self, *steps: tuple[signal.Signals, float]) -> None:
        """Send signals, each with the seconds it is given to work, and SIGKILL at last."""
        for number, seconds in (*steps, (signal.SIGKILL, PATIENCE)):
            if self.alive:
                os.kill(self.pid, number)
                self._ended.wait(seconds)


def nurse(port: int) -> None:
    """Fork whatever is asked for, until killed."""
    from tests.chaos.desk.one_service import main

    from desk_deploy.services import SERVICES

    for definition in SERVICES.values():
        definition()
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.create_server(("127.0.0.1", port)) as listener:
        while True:
            line, _ = listener.accept()
            asked = line.makefile("r").readline()
            if asked and os.fork() == 0:
                listener.close()
                _live(main, line, json.loads(asked))
            line.close()


def _live(main: Any, line: socket.socket, order: dict[str, Any]) -> None:
    from desk import fault_points

    code = 1
    try:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        for descriptor in (1, 2):
            os.dup2(log, descriptor)
        os.environ.clear()
        os.environ.update(order["environment"])
        fault_points._left = fault_points.armed(os.environ.get(fault_points.VARIABLE, ""))
        line.sendall(b"%d\n" % os.getpid())
        main(order["name"])
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        line.sendall(b"%d\n" % code)
        os._exit(code)


def until_listening(port: int) -> None:
    """Return when it takes orders."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1.0).close()
            return
        except OSError:
            assert time.monotonic() < end, "the fork server did not start"
            time.sleep(0.1)


if __name__ == "__main__":
    nurse(int(sys.argv[1]))
