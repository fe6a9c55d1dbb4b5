"""Turns expected errors into one line on standard error and exit code 1."""

from __future__ import annotations

import sys
from typing import Any

import typer
from typer.core import TyperGroup


class Failure(Exception):
    """The command failed; the message states the remedy. `code`: the problem code of the desk, if it refused."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class Commands(TyperGroup):
    """The commands; expected errors are explained in one line."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except Exception as error:
            message = explained(error)
            if message is None:
                raise
            sys.stderr.write(f"desk: {message}\n")
            raise typer.Exit(1) from None


def explained(error: BaseException) -> str | None:
    """The error in one line for the user; None for an unexpected error."""
    if isinstance(error, Failure):
        return str(error)
    import httpx
    import psycopg
    from sqlalchemy.exc import DBAPIError

    from desk.bus.kafka.startup_checks import BusMisconfigured
    from desk.eventstore.errors import StoreUnavailable
    from desk.http.app.serving import PortTaken
    from desk.http.auth.verification_keys import KeyProblem
    from desk.settings import SettingsError
    from desk.supervision.essential_tasks import TaskEnded
    from desk_deploy.up.process import LaunchError
    from desk_intake.imports import FileRefused, MappingRefused
    from desk_integrations.psa_instances import PsaConfigError

    of_settings = KeyProblem | SettingsError | PsaConfigError | BusMisconfigured
    if isinstance(error, LaunchError | PortTaken | FileRefused | MappingRefused | of_settings):
        return "; ".join(str(error).splitlines())
    if isinstance(error, TaskEnded):
        return f"{error}: see the log for the cause, then start it again"
    if isinstance(error, httpx.TransportError):
        return f"the desk does not answer ({type(error).__name__}): check with `desk status` whether it runs"
    if isinstance(error, DBAPIError) and isinstance(error.orig, Exception):
        return explained(error.orig)
    unfit_address = isinstance(error, psycopg.ProgrammingError) and error.sqlstate is None
    if isinstance(error, psycopg.OperationalError) or unfit_address:
        return f"the database does not answer: {' '.join(str(error).split())}; check --database or DESK_DATABASE_URL"
    if isinstance(error, StoreUnavailable):
        return f"{error}; check --database and DESK_KEYRING_URL"
    if isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        return explained(error.exceptions[0])
    return None
