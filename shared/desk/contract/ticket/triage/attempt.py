"""One attempt at a fix within a cycle, as triage's slice of the ticket keeps it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from desk.contract.ticket.evidence import SourceAnswer


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt of the cycle, with the ids of its facts. `monitors` are the answers about its device.

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
    asset_class: str | None = None
    privileged: bool = False
