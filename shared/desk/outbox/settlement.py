"""Translates the outcome of a call to the new state of its row in the ledger."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from desk.decision.planning import OutboundCall, Outcome, State
from desk.outbox.outbound_call_kind import OutboundCallKind


class Settlement(NamedTuple):
    """The new state of a row in the ledger.

    `doubted`: look the call up before it is made. `refused`: the vendor refused it. `waiting`: it waits for another
    call, so that the end of any call of its aggregate makes it due.
    """

    state: State
    detail: str = ""
    vendor_key: str = ""
    pause: timedelta = timedelta(0)
    doubted: bool = False
    refused: bool = False
    waiting: bool = False


def settlement(kind: OutboundCallKind, planned: OutboundCall, outcome: Outcome, sent: bool = True) -> Settlement:
    """The settlement of an outcome. `sent`: the outcome of the call itself, not of a look-up or wait before it."""
    if outcome.what in ("done", "failed"):
        return Settlement("done" if outcome.what == "done" else "failed", outcome.detail, outcome.vendor_key)
    given_up = _given_up(kind, planned, outcome)
    if given_up is not None:
        return Settlement("failed", f"{given_up}: {outcome.detail}", outcome.vendor_key)
    found = Settlement(
        _state(planned, outcome, sent),
        outcome.detail,
        outcome.vendor_key,
        _pause(kind, planned, outcome),
        refused=outcome.what == "refused",
        waiting=outcome.what == "wait",
    )
    # a refusal that is no definite answer may come from a gateway behind which the call was carried out
    doubted = outcome.what == "refused" if sent else planned.doubted
    return found._replace(doubted=doubted and found.state == "planned")


def _state(planned: OutboundCall, outcome: Outcome, sent: bool) -> State:
    if sent:
        return "unknown" if outcome.what == "unknown" else "planned"
    return "planned" if planned.state == "planned" else "unknown"


def _given_up(kind: OutboundCallKind, planned: OutboundCall, outcome: Outcome) -> str | None:
    if outcome.what == "refused" and planned.refusing is not None and planned.refusing >= kind.patience:
        return f"gave up after {_words(planned.refusing)} of refusals"
    if outcome.what == "retry" and kind.tries is not None and planned.tries + 1 >= kind.tries:
        return f"gave up after {planned.tries + 1} tries"
    return None


def _pause(kind: OutboundCallKind, planned: OutboundCall, outcome: Outcome) -> timedelta:
    if outcome.what == "wait":
        return kind.pause(planned.pauses, outcome.after)
    return outcome.after or kind.pause(planned.pauses)


def _words(time: timedelta) -> str:
    hours = int(time.total_seconds() // 3600)
    return f"{hours // 24} days" if hours >= 48 else f"{hours} hours"
