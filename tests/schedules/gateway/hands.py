"""Work of the gateway that is under way: each task waits at a gate before or after a call of the port."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, cast

FEW = 12
"""Rounds of the loop in which every task that can go on reaches its next gate, its lock or its end."""


@dataclass(eq=False)
class Hand:
    """One task on a ticket. `gate` is set while it waits at one; `base` is the entry that it read last, `listed` the
    last entry in the change log that it read (0: it read none).
    """

    ticket: str
    what: str
    task: asyncio.Task[Any] | None = None
    gate: asyncio.Future[None] | None = None
    at: str = ""
    base: int = 0
    listed: int = 0

    @property
    def over(self) -> bool:
        return self.task is not None and self.task.done()


HAND: ContextVar[Hand | None] = ContextVar("hand", default=None)
"""The hand of the running task."""


class Died(BaseException):
    """Ends a task of a process that is gone; no handler of the product may see it."""


class Hands:
    """A loop that goes on only when it is told to, and whose time stands still."""

    def __init__(self) -> None:
        self._loop = asyncio.SelectorEventLoop()
        self._loop.time = lambda: 0.0  # type: ignore[method-assign]
        self.all: list[Hand] = []
        self.died = ""
        self.failures: list[str] = []

    def begin(self, ticket: str, what: str, work: Coroutine[Any, Any, Any]) -> Hand:
        """Start a task; it runs to its first gate."""
        hand = Hand(ticket, what)
        hand.task = self._loop.create_task(self._run(hand, work))
        self.all.append(hand)
        self._turn()
        return hand

    def resume(self, hand: Hand) -> None:
        """Let a task pass its gate; it and all that waited for it run to their next gates."""
        gate, hand.gate = hand.gate, None
        if gate is not None:
            gate.set_result(None)
        self._turn()

    async def gate(self, at: str) -> None:
        """Wait until the schedule goes on with this task. Outside of a task it is no gate."""
        hand = HAND.get()
        if hand is not None:
            hand.at, hand.gate = at, self._loop.create_future()
            await hand.gate

    async def dead(self, when: str) -> None:
        """The process died: this task does not go on."""
        self.died = when
        raise Died(when)

    def of(self, ticket: str) -> list[Hand]:
        """The work under way on a ticket, the oldest first."""
        return [hand for hand in self.all if hand.ticket == ticket]

    def drop(self) -> None:
        """The process is gone, and everything it had under way."""
        self.died = ""
        for hand in self.all:
            cast("asyncio.Task[Any]", hand.task).cancel()
        self._turn()
        self.all.clear()

    def close(self) -> None:
        """End everything."""
        self.drop()
        self._loop.close()

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Run work that reaches no gate."""
        return self._loop.run_until_complete(work)

    async def _run(self, hand: Hand, work: Coroutine[Any, Any, Any]) -> None:
        HAND.set(hand)
        try:
            await work
        except Died:
            return

    async def _rounds(self) -> None:
        for _ in range(FEW):
            await asyncio.sleep(0)
            if not self._loop._ready:  # type: ignore[attr-defined]
                return

    def _turn(self) -> None:
        self._loop.run_until_complete(self._rounds())
        for hand in [hand for hand in self.all if hand.over]:
            self.all.remove(hand)
            task = cast("asyncio.Task[Any]", hand.task)
            error = None if task.cancelled() else task.exception()
            if error is not None:
                self.failures.append(f"{hand.what} of {hand.ticket} ends with {type(error).__name__}: {error}")
