"""`desk.json` in a data directory: how the command line finds the desk that runs there."""

from __future__ import annotations

import fcntl
import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from desk_deploy.up.process import LaunchError

NAME = "desk.json"
LOCK = "desk.lock"


@dataclass(frozen=True, slots=True)
class RunFile:
    """Where a desk answers, and what it stands on. `token` is an administrator's and `database` may hold a password:
    the file is its owner's alone. `kafka` None is the local bus.
    """

    url: str
    token: str
    pid: int
    database: str
    kafka: str | None = None


def write(data: Path, note: RunFile) -> None:
    """Leave word of a running desk. Replaced in one step: nobody reads half of it."""
    path = data / f"{NAME}.new"
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(asdict(note), file)
    path.replace(data / NAME)


def remove(data: Path) -> None:
    """The desk ends."""
    (data / NAME).unlink(missing_ok=True)


def read(data: Path) -> RunFile | None:
    """The desk that runs on `data`; None when none does, also when one died and left its file behind."""
    try:
        found = json.loads((data / NAME).read_text("utf-8"))
    except FileNotFoundError:
        return None
    except PermissionError as error:
        raise LaunchError(
            f"{data / NAME} belongs to somebody else: use the desk as the user that started it"
        ) from error
    except ValueError:
        return None
    try:
        return RunFile(**found) if in_use(data) else None
    except TypeError as error:
        raise LaunchError(f"{data / NAME} was written by another release: stop that desk and start it again") from error


def in_use(data: Path) -> bool:
    """Whether a process holds the directory's lock; the kernel drops it with the process, however that dies."""
    with suppress(OSError):
        descriptor = os.open(data / LOCK, os.O_RDONLY | os.O_NOFOLLOW)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
    return False
