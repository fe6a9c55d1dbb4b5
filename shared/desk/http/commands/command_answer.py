"""The response of a command, as the API writes it and the command line reads it."""

from __future__ import annotations

from uuid import UUID

import msgspec


class FactRecorded(msgspec.Struct, frozen=True, omit_defaults=True):
    """One fact that a command recorded."""

    id: UUID
    type: str
    ownerseq: int
    cycle: int | None = None


class CommandAnswer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The response body of every command. `seen` is also the header Desk-Seen; no facts: nothing had to change.

    `would` is given for a dry run: the types that the command would record.
    """

    subject: str
    facts: tuple[FactRecorded, ...]
    seen: dict[str, int]
    cycle: int | None = None
    status: str | None = None
    would: tuple[str, ...] | None = None
