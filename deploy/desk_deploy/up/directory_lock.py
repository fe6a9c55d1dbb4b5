"""Lock that allows one desk at a time on a data directory."""

import fcntl
import os
from pathlib import Path

from desk_deploy.up.process import LaunchError


class DirectoryLock:
    """An exclusive lock on a file. The kernel releases it when the holder ends, also after kill -9."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Take the lock and write our pid to the file. LaunchError names the holder when another process has it."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644)
        except OSError as error:
            raise LaunchError(
                f"data directory {self.path.parent} cannot be used ({error.strerror}): choose another with --data DIR"
            ) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.read(descriptor, 32).decode("ascii", "replace").strip() or "unknown"
            os.close(descriptor)
            raise LaunchError(
                f"data directory {self.path.parent} is in use by another desk (pid {holder}): "
                "stop that one, or choose another with --data DIR"
            ) from error
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        self._descriptor = descriptor

    def release(self) -> None:
        """Release the lock. The file stays: removing it would let two desks lock two files of one name."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
