"""Answers to the statements on the ledger of outbound calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from tests.schedules.gateway.rows import OPEN, Effect, Rows

from desk.eventstore.planned import call_rows
from desk.outbox import ledger, orphaned_calls

Found = Sequence[tuple[Any, ...]]
PSA_SYNC = "psa-sync"


def _plan(rows: Rows, *columns: list[Any]) -> None:
    for row in zip(*columns, strict=True):
        new = Effect(*(*row, rows.now))
        if new.id not in rows.effects and not any(_same_wait(new, one) for one in rows.effects.values()):
            rows.effects[new.id] = new


def _same_wait(new: Effect, one: Effect) -> bool:
    """Whether the unique index of waiting write-backs has the row already."""
    waits = (one.state, one.tries, one.leased) == ("planned", 0, None)
    return new.kind == one.kind == PSA_SYNC and new.aggregate == one.aggregate and waits


def _take(rows: Rows, lease: timedelta, holder: int, kind: str, resolvable: bool, limit: int) -> Found:
    states = ("planned", "sent", *(("unknown",) if resolvable else ()))
    due = [e for e in rows.effects.values() if e.kind == kind and e.state in states and e.next <= rows.now]
    free = [effect for effect in due if effect.leased is None or effect.leased < rows.now]
    taken = sorted(free, key=lambda effect: (effect.next, effect.id not in rows.preferred))[:limit]
    for effect in taken:
        rows.effects[effect.id] = effect._replace(leased=rows.now + lease, holder=holder)
    return [_call(effect, rows.now) for effect in taken]


def _call(effect: Effect, now: datetime) -> tuple[Any, ...]:
    refusing = None if effect.refused is None else now - effect.refused
    return (*effect[:8], effect.state, effect.tries, effect.doubted, effect.pauses, refusing)


def _sent(rows: Rows, identity: Any, tries: int) -> Found:
    effect = rows.effects[identity]
    if effect.tries != tries or effect.state not in OPEN:
        return []
    rows.effects[identity] = effect._replace(state="sent", tries=tries + 1, doubted=False)
    return [(1,)]


def _settle(rows: Rows, **to: Any) -> Found:
    effect = rows.effects.get(to["id"])
    if effect is None or effect.state not in OPEN:
        return []
    rows.effects[effect.id] = effect._replace(
        state=to["state"],
        next=rows.now + to["pause"],
        pauses=effect.pauses + 1,
        doubted=to["doubted"],
        waiting=to["waiting"],
        refused=(effect.refused or rows.now) if to["refused"] else None,
        leased=rows.now if to["state"] == "planned" and effect.tries == 0 else None,
        holder=None,
        ended=rows.now if to["final"] else None,
    )
    return [(1,)]


def _wake(rows: Rows, aggregates: Sequence[str]) -> Found:
    woken = [e for e in rows.effects.values() if e.aggregate in aggregates and e.waiting and e.state in OPEN]
    for effect in woken:
        rows.effects[effect.id] = effect._replace(next=rows.now, pauses=0)
    return [(1,)] * len(woken)


def _begin(rows: Rows) -> Found:
    found = [effect for effect in rows.effects.values() if effect.state in OPEN]
    for effect in found:
        doubted = effect.doubted or effect.state == "planned"
        rows.effects[effect.id] = effect._replace(doubted=doubted, next=rows.now, pauses=0)
    return [(1,)] * len(found)


def _release(rows: Rows, _detail: str, ended: list[int], own: int, in_hand: list[Any]) -> Found:
    open_ones = [e for e in rows.effects.values() if e.state in OPEN and e.leased is not None and e.leased > rows.now]
    lost = [e for e in open_ones if e.holder in ended or (e.holder == own and e.id not in in_hand)]
    for effect in lost:
        state = "unknown" if effect.state == "sent" else effect.state
        leased = rows.now if effect.state == "planned" and effect.tries == 0 else None
        rows.effects[effect.id] = effect._replace(state=state, leased=leased, holder=None, next=rows.now)
    return [(1,)] * len(lost)


WRITES: Mapping[str | bytes, Callable[..., Any]] = {
    call_rows.PLAN: _plan,
    ledger.TAKE: _take,
    ledger.SENT: _sent,
    ledger.SETTLE: _settle,
    ledger.WAKE: _wake,
    orphaned_calls.BEGIN: _begin,
    orphaned_calls.RELEASE: _release,
}
"""Statement -> its effect on the rows and the rows that it answers or has changed."""
