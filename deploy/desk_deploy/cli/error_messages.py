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
IN_THEIR_OWN_WORDS = (
    "desk.bus.kafka.startup_checks:BusMisconfigured",
    "desk.http.app.serving:PortTaken",
    "desk.http.auth.verification_keys:KeyProblem",
    "desk.settings:SettingsError",
    "desk_deploy.up.process:LaunchError",
    "desk_intake.imports:FileRefused",
    "desk_intake.imports:MappingRefused",
    "desk_integrations.instances.psa_document:PsaConfigError",
)
"""Errors, as module and name, whose text is the explanation."""
TASK_ENDED = "desk.supervision.essential_tasks:TaskEnded"
TRANSPORT = "httpx:TransportError"
DATABASE_CALL, STORE_UNAVAILABLE = "sqlalchemy.exc:DBAPIError", "desk.eventstore.errors:StoreUnavailable"
NO_DATABASE, NO_ADDRESS = "psycopg:OperationalError", "psycopg:ProgrammingError"


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
    if _is(error, *IN_THEIR_OWN_WORDS):
        return "; ".join(str(error).splitlines())
    if _is(error, TASK_ENDED):
        return f"{error}: see the log for the cause, then start it again"
    if _is(error, TRANSPORT):
        return f"the desk does not answer ({type(error).__name__}): check with `desk status` whether it runs"
    if isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        return explained(error.exceptions[0])
    return _of_the_database(error)


def _is(error: BaseException, *kinds: str) -> bool:
    """Whether the error is of one of these kinds. A kind whose module is not loaded is not loaded to find that out:
    most commands need none of these modules, and together they take longer to import than the command to run."""
    for kind in kinds:
        module, _, name = kind.partition(":")
        if module in sys.modules and isinstance(error, getattr(sys.modules[module], name)):
            return True
    return False


def _of_the_database(error: BaseException) -> str | None:
    original = getattr(error, "orig", None)
    if _is(error, DATABASE_CALL) and isinstance(original, Exception):
        return explained(original)
    if _is(error, NO_DATABASE) or (
        _is(error, NO_ADDRESS) and getattr(error, "sqlstate", None) is None  # an address that is not one
    ):
        return f"the database does not answer: {' '.join(str(error).split())}; check --database or DESK_DATABASE_URL"
    if _is(error, STORE_UNAVAILABLE):
        return f"{error}; check --database and DESK_KEYRING_URL"
    return None
