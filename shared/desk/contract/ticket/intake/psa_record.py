"""Facts about the record in the PSA that a ticket is linked to: found, duplicated, gone, back."""

from __future__ import annotations

from typing import Literal

from desk.contract.event import Payload, Spec


class PsaLinked(Payload, frozen=True, kw_only=True):
    """The ticket was linked to a record of the PSA."""

    spec = Spec("intake", ("instance", "record"))
    instance: str
    record: str
    url: str | None = None


class PsaDuplicateFound(Payload, frozen=True, kw_only=True):
    """A second PSA record with this ticket's external reference was found."""

    spec = Spec("intake", ("record",))
    record: str


class PsaGone(Payload, frozen=True, kw_only=True):
    """The record was deleted, converted or moved out of scope; `proof` names the look-ups that proved it."""

    spec = Spec("intake", ("reason", "episode"))
    reason: Literal["deleted", "converted", "out-of-scope"]
    proof: tuple[str, ...]
    episode: int


class PsaBack(Payload, frozen=True, kw_only=True):
    """The record exists again."""

    spec = Spec("intake", ("episode",))
    proof: tuple[str, ...]
    episode: int


FACTS: tuple[type[Payload], ...] = (
    PsaLinked,
    PsaDuplicateFound,
    PsaGone,
    PsaBack,
)
