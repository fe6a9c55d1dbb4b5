"""Computes the expected status of a ticket by applying people's acts in the order in which they happened.

Written apart from the slices, and simpler: it knows no facts, no services and no messages. An act in the PSA carries
what its author had before them, a command the cycle that its author named. Three rules settle what two people did
without knowing of each other: an act on a state that the desk had left already changes nothing, of two ends of one
cycle the one that the desk promised to a person stands, and an act of which the desk learns after it has ruled on a
later one is noted and changes nothing, also not what the author of the later one is taken to have seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from tests.schedules.psa import ENDED, Act, Desk

AFTERWARDS = {
    "start-work": "diagnosing",
    "record-reproduction": "diagnosing",
    "record-diagnostic": "diagnosing",
    "revert-fix": "diagnosing",
    "start-fix": "fixing",
    "record-fix": "verifying",
    "verify-fix": "watching",
    "waive-verification": "watching",
}
TRIAGES = frozenset({"assess-priority", "override-priority", "queue", "assign", "take"})


class InPsa(NamedTuple):
    """A technician changed the record: entry `n`, to which class (None: only its queue), upon what.

    `wait` is what the desk calls its wait; not `began`: one on the same already ran, and it is that one. `noted`: the
    desk learnt of it after it had ruled on something later.
    """

    at: datetime
    n: int
    to: str | None
    saw: Desk | Act
    wait: str = ""
    began: bool = True
    noted: bool = False


class AtDesk(NamedTuple):
    """A command that was accepted: its name, the cycle named, `waits` it began or ended, the route it chose."""

    at: datetime
    command: str
    cycle: int
    waits: tuple[tuple[str, str], ...] = ()
    route: str = "diagnosis"


class Oracle:
    """Takes acts in order; `status` and `cycle` are what then holds."""

    def __init__(self, acts: Sequence[InPsa | AtDesk]) -> None:
        self.cycle, self.phase = 1, "new"
        self.kinds: dict[int, str] = {}
        self.closed: set[int] = set()
        self.waits: dict[str, str] = {}
        self.views: dict[int, Desk] = {}
        self.stale = 0
        ends = {"resolve": "resolved", "cancel": "cancelled"}
        self._promised = {a.cycle: ends[a.command] for a in acts if isinstance(a, AtDesk) and a.command in ends}
        for act in sorted(acts, key=lambda act: act.at):
            self._psa(act) if isinstance(act, InPsa) else self._desk(act)

    @property
    def ended(self) -> bool:
        return self.cycle in self.kinds

    @property
    def status(self) -> str:
        """The word that the desk should show."""
        if self.ended:
            return "closed" if self.cycle in self.closed else self.kinds[self.cycle]
        return "waiting" if self.waits else self.phase

    def _psa(self, act: InPsa) -> None:
        if act.to is None:
            self.phase = "triaged" if self.phase == "new" else self.phase
            return
        view = act.saw if isinstance(act.saw, Desk) else self.views[act.saw.n]
        if act.noted:
            self.views[act.n] = view
            return
        aware = self._end(view, act.to) if act.to in ENDED else self._open(act, view, act.to)
        self.views[act.n] = Desk(self.cycle, self.ended) if aware else Desk(view.cycle, act.to in ENDED)
        self.stale += not aware

    def _end(self, view: Desk, to: str) -> bool:
        if view.cycle != self.cycle:
            return False
        if not self.ended:
            self.kinds[self.cycle] = self._promised.get(self.cycle, "cancelled" if to == "cancelled" else "resolved")
            self.waits = {}
        if to == "closed":
            self.closed.add(self.cycle)
        return True

    def _open(self, act: InPsa, view: Desk, to: str) -> bool:
        if self.ended:
            if view != Desk(self.cycle, True):
                return False
            self._next_cycle("diagnosing")
        on = to.removeprefix("waiting-") if to.startswith("waiting-") else None
        if on is None or act.began or on not in self.waits.values():
            self.waits = {} if on is None else {act.wait: on}
        return True

    def _next_cycle(self, phase: str) -> None:
        self.cycle, self.phase, self.waits = self.cycle + 1, phase, {}

    def _desk(self, act: AtDesk) -> None:
        if act.command in TRIAGES:
            self.phase = "triaged" if self.phase == "new" else self.phase
        elif act.command == "resume":
            self.waits = {wait: on for wait, on in self.waits.items() if wait not in dict(act.waits)}
        elif act.command == "reopen":
            self._reopen(act)
        elif act.cycle == self.cycle:
            self._current(act)

    def _reopen(self, act: AtDesk) -> None:
        phase = "escalated" if act.route == "tier2" else "diagnosing"
        if act.cycle == self.cycle and self.ended:
            self._next_cycle(phase)
        elif act.cycle + 1 == self.cycle:
            self.phase = phase

    def _current(self, act: AtDesk) -> None:
        if act.command in ("resolve", "cancel"):
            self.kinds[self.cycle] = self._promised[self.cycle]
            self.waits = {}
        elif act.command == "close" and self.ended:
            self.closed.add(self.cycle)
        elif act.command == "wait" and not self.ended:
            began = dict(act.waits)
            self.waits = {wait: on for wait, on in self.waits.items() if on not in began.values()} | began
        elif act.command == "fail-verification":
            self.phase = "escalated" if act.route == "tier2" else "diagnosing"
        else:
            self.phase = AFTERWARDS.get(act.command, self.phase)
