"""Child processes that end with the desk, and free ports for them."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

LOOPBACK = "127.0.0.1"
LOWEST_PORT = 20_000
EPHEMERAL = Path("/proc/sys/net/ipv4/ip_local_port_range")


class LaunchError(RuntimeError):
    """Something cannot be started. The message is one line with object, place and remedy."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Numeric user and group of a child process."""

    uid: int
    gid: int


def port_is_free(port: int) -> bool:
    """Whether a server can listen on this loopback port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


_given: set[int] = set()
"""The ports that this process has given."""


def free_port() -> int:
    """A free loopback port, below the range of outgoing connections.

    Within that range, a client that keeps reconnecting to a stopped server is eventually given the server's own port,
    connects to itself, and keeps the server from starting again. No port is given twice, because the earlier caller may
    not listen on it yet.
    """
    try:
        highest = int(EPHEMERAL.read_text().split()[0])
    except OSError:
        highest = 32_768
    if highest <= LOWEST_PORT:
        highest = 65_536
    for _ in range(200):
        port = LOWEST_PORT + secrets.randbelow(highest - LOWEST_PORT)
        if port not in _given and port_is_free(port):
            _given.add(port)
            return port
    raise LaunchError(
        f"no free port on {LOOPBACK} between {LOWEST_PORT} and {highest}: stop programs that listen there"
    )


class Child:
    """A running child process.

    The kernel sends it the signal `death` when the desk ends, also by kill -9 (Linux). The kernel watches the *thread*
    that started the child, so a separate thread starts it and lives as long. The child has its own session: Ctrl-C in
    the terminal reaches only the desk, which stops its children in order.
    """

    def __init__(
        self,
        program: Sequence[str],
        *,
        log: Path,
        death: signal.Signals = signal.SIGKILL,
        identity: Identity | None = None,
        environment: Mapping[str, str] | None = None,
        pass_fds: Sequence[int] = (),
    ) -> None:
        """Standard output and error go to the end of `log` (mode 0600). Raises LaunchError when it cannot start."""
        user = (identity.uid, identity.gid) if identity else (-1, -1)
        shim = Path(__file__).with_name("exec_child.py")
        self._program = [sys.executable, "-I", "-S", str(shim), *map(str, (os.getpid(), int(death), *user)), *program]
        self._environment = dict(os.environ if environment is None else environment)
        self._log = log
        self._pass_fds = tuple(pass_fds)
        self._process: subprocess.Popen[bytes] | None = None
        self._failure: OSError | None = None
        self._started, self._ended = threading.Event(), threading.Event()
        threading.Thread(target=self._live, name=f"child {program[0]}", daemon=True).start()
        self._started.wait()
        if self._failure:
            raise LaunchError(f"cannot start {program[0]} with log {log}: {self._failure.strerror}") from self._failure

    def _live(self) -> None:
        try:
            descriptor = os.open(self._log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                self._process = subprocess.Popen(  # noqa: S603  our own program and arguments
                    self._program,
                    stdin=subprocess.DEVNULL,
                    stdout=descriptor,
                    stderr=descriptor,
                    cwd="/",
                    env=self._environment,
                    pass_fds=self._pass_fds,
                    start_new_session=True,
                )
            finally:
                os.close(descriptor)
        except OSError as error:
            self._failure = error
            return
        finally:
            self._started.set()
        try:
            self._process.wait()
        finally:
            self._ended.set()

    @property
    def pid(self) -> int:
        """Process id."""
        assert self._process is not None
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it has not ended yet."""
        return not self._ended.is_set()

    def wait(self, seconds: float) -> bool:
        """Wait at most `seconds` for its end; return whether it has ended."""
        return self._ended.wait(seconds)

    def send(self, number: signal.Signals) -> None:
        """Send a signal; no effect after its end."""
        assert self._process is not None
        self._process.send_signal(number)

    def stop(self, *steps: tuple[signal.Signals, float]) -> None:
        """Send each signal and wait its seconds, then SIGKILL; return when the process has ended."""
        for number, seconds in steps:
            if self.alive:
                self.send(number)
                self.wait(seconds)
        if self.alive:
            self.send(signal.SIGKILL)
            self._ended.wait()
