"""The subject of evidence and the question about it. Pure; neither holds personal data."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import msgspec


class Subject(NamedTuple):
    """A ticket's subject of one evidence: `about` is the form that facts and slices name it in.

    `binding` is what ties the ticket to it, such as the id of a link: another binding is another subject to ask about.
    """

    client: str
    about: str
    binding: str = ""


class Question(msgspec.Struct, frozen=True, omit_defaults=True):
    """The data of an outbound call: one source, one subject, and the cycle and time of the fact that asks.

    The window is what the source is asked for, None for evidence without one.
    """

    source: str
    client: str
    about: str
    binding: str
    cycle: int
    since: datetime
    window_from: datetime | None = None
    window_to: datetime | None = None

    @property
    def subject(self) -> Subject:
        return Subject(self.client, self.about, self.binding)


_DECODER = msgspec.json.Decoder(Question)


def encode(question: Question) -> bytes:
    """The question as the ledger keeps it."""
    return msgspec.json.encode(question)


def decode(data: bytes) -> Question:
    """The question of a planned call. msgspec.ValidationError for anything else."""
    return _DECODER.decode(data)
