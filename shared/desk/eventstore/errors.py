"""Errors of the event store as callers see them. A refused command raises `desk.decision.refusal.Refusal` instead."""

from __future__ import annotations

import traceback


class LogError(Exception):
    """Base of the event store's errors."""


class Conflict(LogError):
    """Another transaction was first: a version, id or unique row exists already. Re-read and decide again."""


class StoreUnavailable(LogError):
    """The database did not answer in time. Whether the transaction was committed is unknown: repeat with its ids."""


class WriterStopped(LogError):
    """The service is stopping and accepts no more work."""


class EndlessReactions(LogError):
    """Own reactions trigger each other without end: the table of reactions has a cycle."""


class WrongOwner(LogError):
    """A decision returned a draft of a fact that another service owns."""


class ParkingError(LogError):
    """A parked fact cannot be retried or skipped as asked."""


class CallError(ParkingError):
    """An outbound call cannot be retried or resolved as asked in its present state."""


class UnknownCall(CallError):
    """There is no outbound call with that id."""


def error_location(error: Exception) -> str:
    """The error's type and the place that raised it; never its text, which may quote a fact."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" in {frames[-1].name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{place}"
