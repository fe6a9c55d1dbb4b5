"""Turns expected errors into one line on standard error and exit code 1."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperGroup

UNWRITABLE = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF))
"""Errors of a write to a file that is open, as standard output is."""


class Failure(Exception):
    """The command failed; the message states the remedy. `code`: the problem code of the desk, if it refused."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class Commands(TyperGroup):
    """The commands; expected errors are explained in one line."""

    def invoke(self, ctx: Any) -> object:  # Any: typer keeps the class of its context private
        try:
            answer: object = super().invoke(ctx)
            sys.stdout.flush()
        except Exception as error:
            message = explained(error)
            if message is None:
                raise
            _report(message)
            raise typer.Exit(1) from None
        return answer

    def main(self, *args: Any, **options: Any) -> Any:  # Any: the signature that typer inherits
        """Run the command line. Help is written before a command is invoked, and may fail alike."""
        try:
            return super().main(*args, **options)
        except OSError as error:
            message = explained(error)
            if message is None:
                raise
            _report(message)
            sys.exit(1)


def _report(message: str) -> None:
    """Write the error, and discard output that could not be written, which Python would try again at its exit."""
    with suppress(OSError, ValueError):
        sys.stderr.write(f"desk: {message}\n")
        sys.stderr.flush()
    with suppress(OSError, ValueError):
        sys.stdout.flush()
        return
    with suppress(OSError, ValueError), Path(os.devnull).open("w", encoding="utf-8") as discard:
        os.dup2(discard.fileno(), sys.stdout.fileno())


def _of_a_write(error: OSError) -> str | None:
    if isinstance(error, BrokenPipeError):
        return "the output is incomplete: its reader closed the pipe"
    if error.errno in UNWRITABLE and error.filename is None:
        return f"the output is incomplete ({error.strerror}): write it to a place that has room"
    return None


def explained(error: BaseException) -> str | None:
    """The error in one line for the user; None for an unexpected error."""
    if isinstance(error, Failure):
        return str(error)
    if isinstance(error, OSError) and (message := _of_a_write(error)) is not None:
        return message
    import httpx

    from desk.bus.kafka.startup_checks import BusMisconfigured
    from desk.http.app.serving import PortTaken
    from desk.http.auth.verification_keys import KeyProblem
    from desk.settings import SettingsError
    from desk.supervision.essential_tasks import TaskEnded
    from desk_deploy.up.process import LaunchError
    from desk_intake.imports import FileRefused, MappingRefused
    from desk_integrations.instances.psa_document import PsaConfigError

    of_settings = KeyProblem | SettingsError | PsaConfigError | BusMisconfigured
    if isinstance(error, LaunchError | PortTaken | FileRefused | MappingRefused | of_settings):
        return "; ".join(str(error).splitlines())
    if isinstance(error, TaskEnded):
        return f"{error}: see the log for the cause, then start it again"
    if isinstance(error, httpx.TransportError):
        return f"the desk does not answer ({type(error).__name__}): check with `desk status` whether it runs"
    if isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        return explained(error.exceptions[0])
    return _of_the_database(error)


def _of_the_database(error: BaseException) -> str | None:
    import psycopg
    from sqlalchemy.exc import DBAPIError

    from desk.eventstore.errors import StoreUnavailable

    if isinstance(error, DBAPIError) and isinstance(error.orig, Exception):
        return explained(error.orig)
    if isinstance(error, psycopg.OperationalError) or (
        isinstance(error, psycopg.ProgrammingError) and error.sqlstate is None  # an address that is not one
    ):
        return f"the database does not answer: {' '.join(str(error).split())}; check --database or DESK_DATABASE_URL"
    if isinstance(error, StoreUnavailable):
        return f"{error}; check --database and DESK_KEYRING_URL"
    return None
