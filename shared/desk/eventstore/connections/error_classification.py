"""Separates errors of the server, which are waited for, from errors of the row, which are final."""

from __future__ import annotations

import psycopg
from eventsourcing.persistence import InterfaceError, OperationalError

from desk.eventstore.errors import StoreUnavailable

AWAY_CLASSES = frozenset({"08", "28", "3D", "3F", "53", "55", "57", "58", "XX"})
"""SQLSTATE classes that concern the server, not the row being written.

08 connection · 28 and 3D login or database refused, 3F schema missing: configuration, or a migration · 53 disk full,
memory, connections · 55 locks, or the server is not ready · 57 shutdown, fail-over, cancellation, time-out · 58 I/O ·
XX damaged pages and internal errors. A damaged page may hold one ticket only, but its facts are valid and the disk is
not: they must not be parked for it."""
AWAY_STATES = frozenset({"25006", "25P02", "25P03", "25P04", "26000", "40001", "40003", "40P01"})
"""Single SQLSTATEs whose class otherwise means a mistake of the caller.

25006 the server is read-only, as a standby is during a fail-over · 25P02 an earlier statement failed, which says
nothing about this row · 25P03 and 25P04 the server ended a session or transaction that was too slow · 26000 a prepared
statement is lost, behind a pooler or after a fail-over · 40001, 40003 and 40P01 another transaction won, or the outcome
is unknown. Not 40002: an integrity constraint concerns the row."""
SCHEMA_STATES = frozenset({"42501", "42703", "42704", "42883", "42P01", "0A000"})
"""SQLSTATEs that mean another version of the schema: a migration is running, or has not run. Statements are constants
of this release and contain no value of a row, so a missing privilege, column, type, function or table (and 0A000,
"cached plan must not change result type") is never the row's fault. Not 42601 or 42804: waiting does not correct a
mistake in a statement."""
SPOILT_STATES = frozenset({"25006", "26000", "0A000", "53400", "57014"})
"""SQLSTATEs whose cause stays in the session (prepared statements; a default of its role: read-only, a limit of time or
space). A new session may not have it."""


def is_unavailable(error: BaseException) -> bool:
    """Whether the error concerns the server. Accepts errors of driver and library, and errors raised from these."""
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
    """Whether a retry may succeed at once: a connection was lost, or another transaction was first. A server that
    refuses will refuse again; the caller is in a better position to wait."""
    found = _driver_error(error)
    state = None if found is None else found.sqlstate
    return state is None or state.startswith(("08", "40", "57P"))


def is_spoilt(error: psycopg.Error) -> bool:
    """Whether the session that raised the error must not be reused."""
    return error.sqlstate in SPOILT_STATES


def raise_if_unavailable(error: Exception) -> None:
    """Raise StoreUnavailable for an error of the server, so that it is not taken for a verdict on a fact."""
    if isinstance(error, StoreUnavailable):
        raise error
    if is_unavailable(error):
        raise StoreUnavailable("the database does not answer; try again") from error


def _lost(error: psycopg.Error) -> bool:
    # Without an SQLSTATE the error is the client's: no connection, no answer, none free in the pool. Values that
    # cannot be sent are a DataError or a ProgrammingError, and so concern the row. An aborted pipeline hides the error
    # that aborted it: the group is decided again without a pipeline, where each statement reports its own error.
    about_connection = isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
    return about_connection and not isinstance(error, psycopg.errors.PipelineAborted)


def _driver_error(error: BaseException) -> psycopg.Error | None:
    link: BaseException | None = error
    while link is not None and not isinstance(link, psycopg.Error):
        link = link.__cause__
    return link
