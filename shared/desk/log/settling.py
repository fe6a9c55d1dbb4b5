"""What becomes of a call's row in the ledger."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from desk.log.effects import EffectKind, Outcome, Planned, State


class Settlement(NamedTuple):
    """What the ledger's row becomes."""

    state: State
    detail: str = ""
    vendor_key: str = ""
    pause: timedelta = timedelta(0)


def settlement(kind: EffectKind, planned: Planned, outcome: Outcome) -> Settlement:
    """What the ledger records for an outcome."""
    if outcome.what in ("done", "failed"):
        return Settlement("done" if outcome.what == "done" else "failed", outcome.detail, outcome.vendor_key)
    pause = outcome.after or kind.pause(planned.tries)
    if outcome.what == "unknown":
        return Settlement("unknown", outcome.detail, outcome.vendor_key, pause)
    if planned.tries + 1 >= kind.tries:
        return Settlement("failed", f"gave up after {planned.tries + 1} tries: {outcome.detail}", outcome.vendor_key)
    return Settlement("planned", outcome.detail, outcome.vendor_key, pause)
