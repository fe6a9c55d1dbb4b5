"""Closed billing periods, which accept no more time, rating or invoice."""

from __future__ import annotations

from datetime import UTC, datetime

from desk.decision.context import DecisionContext
from desk.decision.refusal import Refusal


def ensure_open(start: datetime, context: DecisionContext) -> None:
    """Refuse work whose UTC day is not after `closed_until` of the billing rules."""
    until = context.policies.billing_rules.last_closed_day
    if until is not None and start.astimezone(UTC).date() <= until:
        raise Refusal("period_closed", f"Time up to {until} is closed.")
