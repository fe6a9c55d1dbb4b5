"""One page of a list, as the API writes it and the command line reads it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

import msgspec

from desk.eventstore.connections.unreadable_rows import UnreadableRow

T = TypeVar("T")


class Page(msgspec.Struct, Generic[T], frozen=True):
    """One page of a list. `next` is the address of the next page, None on the last.

    `unreadable` names the rows of this page that cannot be read and are left out; it is absent when there are none.
    """

    items: Sequence[T]
    next: str | None
    unreadable: Sequence[UnreadableRow] | msgspec.UnsetType = msgspec.UNSET
