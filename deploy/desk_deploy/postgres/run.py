"""Runs PostgreSQL's programs, also as another user and on folders which that user cannot reach by path."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from desk_deploy.up.process import Identity, LaunchError

ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


def complaint(output: str) -> str:
    """The line of a program's output that states the error: its last fatal one, else its last."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    grave = [line for line in lines if any(sign in line for sign in ("FATAL", "PANIC", "error:", "ERROR"))]
    return (grave or lines or ["no message"])[-1]


@contextmanager
def reachable(folder: Path, identity: Identity | None) -> Iterator[tuple[int, str]]:
    """An open descriptor of the folder and a path to it for a child that inherits the descriptor.

    The descriptor gives another user access even when a parent folder is private, without changing any folder's mode.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield descriptor, str(folder) if identity is None else f"/proc/self/fd/{descriptor}"
    finally:
        os.close(descriptor)


def hand_over(folder: Path, identity: Identity | None) -> None:
    """Change the owner of the folder and its contents to the user, without following links."""
    if identity is None:
        return
    for _, folders, files, descriptor in os.fwalk(folder):
        os.fchown(descriptor, identity.uid, identity.gid)
        for name in (*folders, *files):
            os.chown(name, identity.uid, identity.gid, dir_fd=descriptor, follow_symlinks=False)


def run(program: list[str], script: str = "", *, identity: Identity | None = None, keep: int | None = None) -> str:
    """Run one of PostgreSQL's programs and return its output; LaunchError with its error message if it fails."""
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
