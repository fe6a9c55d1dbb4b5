"""A simulated vendor as command lines start it: its options, the simulator, its credentials, its demo."""

from collections.abc import Callable, Coroutine, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from desk_simulators.kit.http.server import Certificate

LEDGER_KEPT = 50_000
Beside = Coroutine[None, None, None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options of every simulator.

    `port` 0 is a free one. `tls_port`: also answer https there. `tls`: answer https on `port` instead, and http on a
    free port. `ca` is the file for the CA certificate, None for a temporary one. `state` is a JSON file that keeps the
    records between starts. `demo` plays the vendor's day, an act every `pace` seconds, from `seed`.
    """

    port: int
    tls_port: int | None = None
    tls: bool = False
    ca: Path | None = None
    state: Path | None = None
    demo: bool = False
    pace: float = 2.0
    seed: int = 1
    requests_per_minute: int | None = None


class Served(Protocol):
    """The parts of a simulator that a command line uses."""

    https_url: str | None

    @property
    def revision(self) -> int: ...

    def reached_at(self, url: str) -> None: ...

    def save(self, *, ended: bool = False) -> None: ...

    def serve(
        self, port: int = 0, *, tls_port: int = 0, certificate: Certificate | None = None
    ) -> AbstractAsyncContextManager[str]: ...


@dataclass(frozen=True, slots=True)
class Started:
    """A simulator that is about to serve. `credentials` has the vendor's own names; `demo` takes seed and pace."""

    simulator: Served
    credentials: Mapping[str, str]
    demo: Callable[[int, float], Beside]


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor:
    """`name` is the package of the vendor's connector; `demo` says what its demo plays."""

    name: str
    title: str
    port: int
    demo: str
    start: Callable[[Options], Started]
