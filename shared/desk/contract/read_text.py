"""A text of a fact as a reader gets it. Apart from `sealing`, so that a reader loads neither keys nor facts."""

from __future__ import annotations

from typing import Literal

import msgspec


class Unreadable(msgspec.Struct, frozen=True):
    """Stands in for a text that cannot be read.

    `unreadable` is the reason: erased = its key was destroyed on purpose; key-lost = the key ring lacks its key and has
    not recorded it as destroyed; damaged = it cannot be decrypted under its key. `key` is the id of the key.
    """

    unreadable: Literal["erased", "key-lost", "damaged"]
    key: str


ReadText = str | Unreadable
"""A text as returned to a reader."""
