"""Closed billing periods, which accept no more time, rating or invoice."""

from __future__ import annotations

from datetime import UTC, date, datetime

from desk.decision.context import DecisionContext
from desk.decision.refusal import Refusal


def ensure_open(start: datetime, context: DecisionContext) -> None:
    """Refuse work whose UTC day is not after `closed_until` of the billing rules."""
    until = context.policies.get("billing-rules").get("closed_until")
    if until is None:
        return
    if start.astimezone(UTC).date() <= date.fromisoformat(until):
        raise Refusal("period_closed", f"Time up to {until} is closed.")
