"""The line of one aggregate in the export of digests, as the API writes it and the command line reads it."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from msgspec import UNSET, UnsetType


class DigestLine(msgspec.Struct, frozen=True):
    """`vector`: owner -> ownerseq of its last fact. `view`: whether the row in the view `tickets` agrees; absent when
    there is none. `unreadable`: the reason why the aggregate cannot be folded; its digest is empty then.
    """

    aggregate: str
    vector: Mapping[str, int]
    digest: str
    view: bool | UnsetType = UNSET
    unreadable: str | UnsetType = UNSET
