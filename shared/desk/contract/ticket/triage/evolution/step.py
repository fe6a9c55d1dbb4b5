"""Declares the type of a step."""

from __future__ import annotations

from collections.abc import Callable

from desk.contract.event import Event
from desk.contract.ticket.triage.slice import TriageSlice

Step = Callable[[TriageSlice, Event], TriageSlice]
