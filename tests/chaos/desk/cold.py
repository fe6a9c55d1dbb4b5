"""A service with an interpreter of its own, as in production; its start takes seconds of a core."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from desk_deploy.up.process import Child

PROGRAM = Path(__file__).with_name("one_service.py")


class Cold:
    """Handled like `desk_deploy.testing.fork_server.Forked`."""

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
