"""The file `desk.json` in a data directory, by which the command line finds the desk that runs there."""

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
    """Address and infrastructure of a running desk. `token` is an administrator's and `database` may contain a
    password, so only the owner may read the file. `kafka` None is the local bus.
    """

    url: str
    token: str
    pid: int
    database: str
    kafka: str | None = None


def write(data: Path, note: RunFile) -> None:
    """Write the file atomically."""
    path = data / f"{NAME}.new"
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(asdict(note), file)
    path.replace(data / NAME)


def remove(data: Path) -> None:
    """Remove the file when the desk ends."""
    (data / NAME).unlink(missing_ok=True)


def read(data: Path) -> RunFile | None:
    """The desk that runs on `data`; None when none does, also when a killed desk left its file behind."""
    try:
        found = json.loads((data / NAME).read_text("utf-8"))
    except FileNotFoundError:
        return None
    except PermissionError as error:
        raise LaunchError(f"{data / NAME} belongs to another user: use the desk as the user that started it") from error
    except ValueError:
        return None
    try:
        return RunFile(**found) if in_use(data) else None
    except TypeError as error:
        raise LaunchError(f"{data / NAME} was written by another release: stop that desk and start it again") from error


def discard_left_over(data: Path) -> str | None:
    """Remove the file that a killed desk left behind, and describe it; None when there is none. The caller holds the
    directory's lock, so that no desk uses the file."""
    path = data / NAME
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError):
        text = ""
    path.unlink()
    with suppress(ValueError):
        found = json.loads(text)
        if isinstance(found, dict) and isinstance(found.get("pid"), int):
            return f"{path} was left by a desk that no longer runs (pid {found['pid']}): removed"
    return f"{path} was left by a desk that no longer runs: removed"


def in_use(data: Path) -> bool:
    """Whether a process holds the directory's lock, which the kernel releases with the process."""
    with suppress(OSError):
        descriptor = os.open(data / LOCK, os.O_RDONLY | os.O_NOFOLLOW)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
    return False
