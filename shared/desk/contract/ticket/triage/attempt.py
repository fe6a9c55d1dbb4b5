"""One attempt at a fix within a cycle, as triage's slice of the ticket keeps it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from desk.contract.ticket.evidence import SourceAnswer


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt of the cycle, with the ids of its facts. `monitors` are the answers about its device.

    `classes` are the asset classes that the fix is judged by, `text_hash` names its record without telling it.
    `incident`: the major incident whose resolution is the fix of this attempt.
    `checked_device`: device of the newest check of monitoring; empty: none was linked, None: the fact does not say.
    """

    number: int = 1
    started: UUID | None = None
    applied: UUID | None = None
    applied_at: datetime | None = None
    what: str | None = None
    verified: UUID | None = None
    how: str | None = None
    waived: UUID | None = None
    checked: UUID | None = None
    checked_state: str | None = None
    checked_device: str | None = None
    monitors: dict[str, SourceAnswer] = {}
    failed: bool = False
    violation: str | None = None
    incident: str | None = None
    classes: tuple[str, ...] = ()
    privileged: bool = False
    text_hash: str = ""

    @property
    def fix_number(self) -> int:
        """The number of the newest fix, 1 before the first: a text of that number was not written before it."""
        return self.number if self.applied is not None else max(1, self.number - 1)

    def at(self, number: int | None) -> Attempt:
        """The attempt of that number, this one or a new one.

        A new one is bound by this one's classes and privilege unless this one's fix kept the rules, and keeps the rule
        that a fix broke that was neither reverted nor failed: recording another fix undoes nothing.
        """
        if number is None or number == self.number:
            return self
        if self.applied is not None and self.violation is None:
            return Attempt(number=number)
        broken = None if self.failed else self.violation
        return Attempt(number=number, classes=self.classes, privileged=self.privileged, violation=broken)
