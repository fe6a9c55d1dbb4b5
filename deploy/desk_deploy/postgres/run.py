"""Running PostgreSQL's programs, as another user and on folders that user cannot reach by name."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from desk_deploy.up.process import Identity, LaunchError

ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


def complaint(output: str) -> str:
    """The line of a program's output that says what is wrong: its last fatal one, else its last."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    grave = [line for line in lines if any(sign in line for sign in ("FATAL", "PANIC", "error:", "ERROR"))]
    return (grave or lines or ["no message"])[-1]


@contextmanager
def reachable(folder: Path, identity: Identity | None) -> Iterator[tuple[int, str]]:
    """An open descriptor of the folder and a path to it for a child that inherits the descriptor.

    Another user reaches the folder through the descriptor also when a parent folder is private, so no folder's mode
    has to be changed for it.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield descriptor, str(folder) if identity is None else f"/proc/self/fd/{descriptor}"
    finally:
        os.close(descriptor)


def hand_over(folder: Path, identity: Identity | None) -> None:
    """Gives the folder and all in it to the user. No link is followed."""
    if identity is None:
        return
    for _, folders, files, descriptor in os.fwalk(folder):
        os.fchown(descriptor, identity.uid, identity.gid)
        for name in (*folders, *files):
            os.chown(name, identity.uid, identity.gid, dir_fd=descriptor, follow_symlinks=False)


def run(program: list[str], script: str = "", *, identity: Identity | None = None, keep: int | None = None) -> str:
    """Runs one of PostgreSQL's programs to its end and gives its output; LaunchError with its complaint if it fails."""
    result = subprocess.run(  # noqa: S603  our own program and arguments
        program,
        input=script,
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        env=ENVIRONMENT,
        pass_fds=() if keep is None else (keep,),
        user=identity.uid if identity else None,
        group=identity.gid if identity else None,
        extra_groups=() if identity else None,
    )
    if result.returncode != 0:
        why = complaint(result.stderr or result.stdout)
        raise LaunchError(f"{Path(program[0]).name} failed (exit {result.returncode}): {why}")
    return result.stdout
