"""The response of a command, as the API writes it and the command line reads it."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

import msgspec

SEEN = "Desk-Seen"
"""Header of a response, copied to later requests: the facts that the caller has seen."""
REPEATED = "Idempotency-Repeated"
"""Header of the response to a repeated command."""


def format_seen(vector: Mapping[str, int]) -> str:
    """{"docs": 7, "triage": 3} -> `docs=7, triage=3`, owners in alphabetical order, zeros left out."""
    return ", ".join(f"{owner}={number}" for owner, number in sorted(vector.items()) if number)


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

    @property
    def names(self) -> list[str]:
        """The names of its facts, e.g. `note-added`."""
        return [fact.type.split(".")[2] for fact in self.facts]
