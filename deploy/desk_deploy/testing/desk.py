"""Runs `desk_process.py` for tests, and always stops it."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Desk:
    """The process and its first line of output."""

    process: subprocess.Popen[str]
    answer: str

    @property
    def server_pid(self) -> int:
        """Process id of its PostgreSQL."""
        return int(self.answer.split()[1])

    @property
    def url(self) -> str:
        """URL of its database."""
        return self.answer.split()[2]


@contextmanager
def desk(*arguments: Path, python: str = sys.executable, user: int | None = None) -> Iterator[Desk]:
    """Run a desk on a data directory; `user`: uid and gid of its process."""
    with subprocess.Popen(  # noqa: S603  our own program
        [python, str(HERE / "desk_process.py"), *map(str, arguments)],
        stdout=subprocess.PIPE,
        text=True,
        cwd="/",
        env={"PATH": os.defpath, "PYTHONPATH": str(HERE.parent.parent)},
        user=user,
        group=user,
        extra_groups=() if user is not None else None,
    ) as process:
        assert process.stdout is not None
        try:
            yield Desk(process, process.stdout.readline().strip())
        finally:
            if process.poll() is None:
                process.terminate()


def runs(pid: int) -> bool:
    """Whether a process exists and is not a zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def eventually(condition: Callable[[], bool], seconds: float = 10.0) -> bool:
    """Wait until a condition is true; return whether it became true in time."""
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True
