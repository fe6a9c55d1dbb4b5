"""Errors of the event store as callers see them. A refused command raises `desk.decision.refusal.Refusal` instead."""

from __future__ import annotations

import traceback


class LogError(Exception):
    """Base of the log's errors."""


class Conflict(LogError):
    """Another transaction was first: versions, ids or unique rows of this one are taken. Re-read and decide again."""


class StoreUnavailable(LogError):
    """The database did not answer in time. Whether the transaction was committed is unknown: repeat with its ids."""


class WriterStopped(LogError):
    """The service is stopping and takes no more work."""


class EndlessReactions(LogError):
    """Own reactions answer each other without end: the table of reactions has a cycle."""


class WrongOwner(LogError):
    """A decision wants a fact recorded that another service owns."""


class ParkingError(LogError):
    """A parked fact cannot be retried or skipped as asked."""


class CallError(ParkingError):
    """A call to the outside cannot be retried or decided as asked, in the state that it has."""


class UnknownCall(CallError):
    """There is no call of that id."""


def error_location(error: Exception) -> str:
    """The error's type and the place that raised it; never its text, which may quote a fact."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" in {frames[-1].name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{place}"
