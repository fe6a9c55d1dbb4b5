"""Separates errors of the server from errors of the row: the first are waited for, only the second are a verdict."""

from __future__ import annotations

import psycopg
from eventsourcing.persistence import InterfaceError, OperationalError

from desk.eventstore.errors import StoreUnavailable

AWAY_CLASSES = frozenset({"08", "28", "3D", "3F", "53", "55", "57", "58", "XX"})
"""Classes of SQL states that are about the server, whatever row was being written.

08 connection · 28 and 3D login or database refused, 3F schema missing: what the operator configured, or a migration ·
53 disk full, memory, connections · 55 locks, and a server that is not ready for it · 57 shutdown, fail-over, cancelled
or out of time · 58 I/O · XX damaged pages and internal errors. A damaged page may lie under one ticket alone, but the
facts are right and the disk is not: parking them would blame them for it.
"""
AWAY_STATES = frozenset({"25006", "25P02", "25P03", "25P04", "26000", "40001", "40003", "40P01"})
"""Single states whose class is otherwise about the caller's own mistakes.

25006 the server is read-only, as a standby is during a fail-over · 25P02 an earlier statement failed, so this one
says nothing about its row · 25P03 and 25P04 the server ended a session or transaction that was too slow ·
26000 a prepared statement is gone, behind a pooler or after a fail-over · 40001, 40003 and 40P01 another transaction
won, or the outcome is unknown. Not 40002: an integrity constraint, which is about the row.
"""
SCHEMA_STATES = frozenset({"42501", "42703", "42704", "42883", "42P01", "0A000"})
"""Statements are constants of this release and carry no value of a row, so that a missing right, column, type, function
or table (and 0A000, "cached plan must not change result type") means another schema: a migration runs, or has not run.
Not 42601 or 42804: a mistake in a statement, which no waiting cures.
"""
SPOILT_STATES = frozenset({"25006", "26000", "0A000", "53400", "57014"})
"""The session keeps what caused these (prepared statements, a default of its role: read-only, a limit of time or of
space): a new one may be free of it."""


def is_unavailable(error: BaseException) -> bool:
    """Whether the error is about the server. It is the driver's, the library's, or was raised from one of them."""
    link: BaseException | None = error
    while link is not None:
        if isinstance(link, StoreUnavailable):
            return True
        link = link.__cause__
    found = _driver_error(error)
    if found is None:
        return isinstance(error, OperationalError | InterfaceError)
    if found.sqlstate is None:
        return _lost(found)
    state = found.sqlstate
    return state[:2] in AWAY_CLASSES or state in AWAY_STATES or state in SCHEMA_STATES


def is_brief(error: BaseException) -> bool:
    """Whether the same may succeed a moment later: a connection was lost, or another transaction was first. A server
    that answers that it cannot will answer so again, and callers can wait better."""
    found = _driver_error(error)
    state = None if found is None else found.sqlstate
    return state is None or state.startswith(("08", "40", "57P"))


def is_spoilt(error: psycopg.Error) -> bool:
    """Whether the session that raised it must not be used again."""
    return error.sqlstate in SPOILT_STATES


def raise_if_unavailable(error: Exception) -> None:
    """StoreUnavailable in place of an error of the server, so that nobody takes it for a verdict on a fact."""
    if isinstance(error, StoreUnavailable):
        raise error
    if is_unavailable(error):
        raise StoreUnavailable("the database does not answer; try again") from error


def _lost(error: psycopg.Error) -> bool:
    # Without a state it is the client's: no connection, no answer, none free in the pool. Values that cannot be sent
    # are a DataError or a ProgrammingError, and so about the row. An aborted pipeline hides the error that aborted it:
    # the group is decided again without a pipeline, where each statement answers for itself.
    about_connection = isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
    return about_connection and not isinstance(error, psycopg.errors.PipelineAborted)


def _driver_error(error: BaseException) -> psycopg.Error | None:
    link: BaseException | None = error
    while link is not None and not isinstance(link, psycopg.Error):
        link = link.__cause__
    return link
