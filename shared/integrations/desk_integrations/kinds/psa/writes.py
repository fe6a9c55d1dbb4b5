"""Writes to a PSA: a new ticket, the smallest patch, a note. Ids and words are the vendor's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Literal

from desk_integrations.vendor_errors import VendorAnswerInvalid


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPsaTicket:
    """A ticket to create. `reference` is our id of it: the look-up by it makes a repeat safe."""

    reference: str
    client: str
    board: str
    summary: str
    status: str | None = None
    contact: str | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PsaPatch:
    """Fields to set; None leaves a field as it is. A change of `board` carries a `status` of the new board.

    `technician` is a member's record; `unassign` empties the field instead.
    """

    board: str | None = None
    status: str | None = None
    technician: str | None = None
    unassign: bool = False
    client: str | None = None
    contact: str | None = None
    priority: str | None = None
    impact: str | None = None
    urgency: str | None = None
    summary: str | None = None

    def __bool__(self) -> bool:
        return any(getattr(self, one.name) not in (None, False) for one in fields(self))

    @property
    def values(self) -> Mapping[str, str]:
        """The fields that are set, without `unassign`."""
        found = {one.name: getattr(self, one.name) for one in fields(self) if one.name != "unassign"}
        return {name: value for name, value in found.items() if value is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPsaNote:
    """A note to add. `visibility` public: the client can read it. `notify`: the PSA may send mail about it."""

    text: str
    visibility: Literal["public", "internal"]
    notify: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteLookup:
    """The answer to whether a note of ours is there: its id, None when it was not found among the readable notes.

    `unreadable` are notes that could not be read: it may be one of them.
    """

    note: str | None
    unreadable: tuple[VendorAnswerInvalid, ...] = ()
