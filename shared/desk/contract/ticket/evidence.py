"""Automatic evidence in a slice: the newest answer of each source about the ticket's subject. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import msgspec

STRENGTH = ("match", "unknown", "clear", "not-applicable")
"""States of one subject's answers: a match is never hidden by another source, an unknown never by a clear one."""


class SourceAnswer(msgspec.Struct, frozen=True):
    """One answer: the fact's id, the snapshot, its subject, state and reason, and when the source was asked."""

    id: UUID
    snapshot: str
    subject: str | None
    state: str
    reason: str = ""
    asked_at: datetime | None = None

    @property
    def conclusive(self) -> bool:
        """Whether the source said something; an unknown one is asked again."""
        return self.state != "unknown"


def overall(answers: Mapping[str, SourceAnswer], subject: str | None) -> str:
    """The strongest state among the answers about a subject; `not-applicable` when there is none."""
    states = {answer.state for answer in answers.values() if answer.subject == subject}
    return next((state for state in STRENGTH if state in states), "not-applicable")
