"""Finds the replies that count as answers, and the messages that need one."""

from __future__ import annotations

import msgspec

from desk.calendars.times import HORIZON_END
from desk_sla.engine.policies.document import ResponseRule

from .history import Cycle, History, Message, Reply


class Owed(msgspec.Struct, frozen=True):
    """An answer is owed since ``message``, the oldest one without; given at ``answered``, None = not yet."""

    message: Message
    answered: int | None


def counts(reply: Reply, rule: ResponseRule) -> bool:
    """Whether the reply counts as a response, by author, addressee and visibility."""
    seen = reply.public or not rule.public_only
    addressed = reply.to_requester or not rule.to_requester_only
    return reply.author in rule.authors and seen and addressed


def answers(history: History, rule: ResponseRule, kind: str) -> tuple[int, ...]:
    """Every instant at which the client was answered; for an alert, also each start of work."""
    given = [reply.at for reply in history.replies if counts(reply, rule)]
    if kind == "alert" and rule.alert == "work-started":
        given += history.work_started
    return tuple(sorted(given))


def owed(history: History, cycle: Cycle, given: tuple[int, ...], since: int) -> tuple[Owed, ...]:
    """The answers owed in a cycle to messages after ``since``, each from the oldest message without one.

    A message after the end of the cycle needs no answer by itself: triage rules on it, and may reopen.
    """
    ends = [at for at in (cycle.resolved, cycle.cancelled) if at is not None]
    limit = min(ends, default=HORIZON_END)
    waiting = sorted(
        (m for m in history.messages if not m.auto and since < m.at <= limit),
        key=lambda message: (message.at, message.id),
    )
    found: list[Owed] = []
    for message in waiting:
        last = found[-1] if found else None
        if last is None or (last.answered is not None and last.answered < message.at):
            found.append(Owed(message=message, answered=next((at for at in given if at >= message.at), None)))
    return tuple(found)
