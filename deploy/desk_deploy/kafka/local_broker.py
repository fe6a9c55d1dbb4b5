"""Runs Apache Kafka without Docker, on loopback, for tests, the bench and `desk up --bus kafka`."""

import signal
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from desk_deploy.kafka.data_folder import ClusterFolder
from desk_deploy.kafka.jars import broker_jars, java
from desk_deploy.kafka.properties import JVM, Node
from desk_deploy.up.directory_lock import DirectoryLock
from desk_deploy.up.process import LOOPBACK, Child, LaunchError

STARTED = b"Kafka Server started"
PATIENCE = 90.0
PORT_TAKEN = "Address already in use"
ATTEMPTS = 3


class LocalKafka:
    """One or three combined brokers and controllers in `folder`: `cluster.json` (id, ports), `broker-N/` with settings,
    data and log. A restart on the same folder has the same records, and the same ports if they are free.

    Brokers are numbered from 1, as in Kafka's own node ids. They are killed with the desk (kill -9 loses no
    acknowledged record). Raises LaunchError with one line when it cannot start.
    """

    def __init__(self, folder: Path, brokers: int = 1) -> None:
        if brokers not in (1, 3):
            raise ValueError(f"brokers: {brokers} is not possible, give 1 or 3")
        self.folder = folder.absolute()
        self._folder = ClusterFolder(self.folder)
        self.brokers = brokers
        self._lock = DirectoryLock(self.folder / "kafka.lock")
        self._java, self._jars = "", Path()
        self._nodes: dict[int, Node] = {}
        self._children: dict[int, Child] = {}

    @property
    def bootstrap(self) -> str:
        """HOST:PORT of every broker, comma between, for `bootstrap_servers`."""
        return ",".join(f"{LOOPBACK}:{node.port}" for node in self._nodes.values())

    def log(self, broker: int) -> Path:
        """Log file of that broker."""
        return self._folder.home(broker) / "broker.log"

    def pid(self, broker: int) -> int:
        """Process id of that broker."""
        return self._children[broker].pid

    def start(self, broker: int | None = None) -> None:
        """Start that broker, or all, and wait until they serve. A running broker is not restarted."""
        if broker is not None:
            self._run([broker])
            return
        for attempt in range(ATTEMPTS):
            try:
                if not self._nodes:
                    self._prepare()
                self._run(list(self._nodes))
                return
            except BaseException as error:
                self.stop()
                # Another program may take a port between choice and start: choose others then.
                if PORT_TAKEN not in str(error) or attempt + 1 == ATTEMPTS:
                    raise

    def kill(self, broker: int) -> None:
        """Kill that broker with SIGKILL, as in a crash; `start(broker)` restarts it with its records."""
        self._children[broker].stop((signal.SIGKILL, 10))

    def stop(self) -> None:
        """Stop all brokers; those that cannot leave a lost quorum in order are killed after ten seconds."""
        for child in self._children.values():
            if child.alive:
                child.send(signal.SIGTERM)
        until = time.monotonic() + 10
        for child in self._children.values():
            child.wait(max(0.0, until - time.monotonic()))
            child.stop()
        self._children.clear()
        self._nodes.clear()
        self._lock.release()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def _prepare(self) -> None:
        self._java, self._jars = java(), broker_jars()
        self._lock.acquire()
        try:
            self._nodes = self._folder.prepare(self.brokers, self._program)
        except BaseException:
            self._lock.release()
            raise

    def _program(self, main: str, *arguments: str) -> list[str]:
        return [self._java, *JVM, "-cp", f"{self._jars}/*", main, *arguments]

    def _run(self, brokers: list[int]) -> None:
        idle = [i for i in brokers if i not in self._children or not self._children[i].alive]
        begins = {i: self._launch(i) for i in idle}
        for i, begin in begins.items():
            self._await(i, begin)

    def _launch(self, broker: int) -> int:
        log = self.log(broker)
        begin = log.stat().st_size if log.exists() else 0
        settings = log.with_name("server.properties")
        self._children[broker] = Child(self._program("kafka.Kafka", str(settings)), log=log, death=signal.SIGKILL)
        return begin

    def _await(self, broker: int, begin: int) -> None:
        child, log = self._children[broker], self.log(broker)
        until = time.monotonic() + PATIENCE
        while STARTED not in _written(log, begin):
            if child.wait(0.1) or time.monotonic() > until:
                lines = _written(log, begin).decode("utf-8", "replace").splitlines()
                raise LaunchError(f"Kafka broker {broker} did not start: {_complaint(lines)} (see {log})")


def _complaint(lines: list[str]) -> str:
    for sign in ("Exception: ", "ERROR", ""):
        for line in lines:
            if sign in line:
                return line.strip()
    return "no message"


def _written(log: Path, begin: int) -> bytes:
    if not log.exists():
        return b""
    with log.open("rb") as file:
        file.seek(begin)
        return file.read()
