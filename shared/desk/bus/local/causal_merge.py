"""Merges the peers' facts into one order in which causes precede effects."""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import takewhile
from typing import NamedTuple


class Published(NamedTuple):
    """A peer's own fact with its position in that peer's store."""

    peer: str
    position: int
    aggregate: str
    recorded: datetime
    raw: bytes
    signature: bytes | None = None


def merged(pages: Mapping[str, Sequence[Published]], limit: int) -> list[Published]:
    """Merge all pages by recordedtime, keeping the order of each.

    A page of `limit` facts may have more behind it: facts recorded after its end are left for the next turn, so that
    none overtakes its cause.
    """
    full = [max(fact.recorded for fact in page) for page in pages.values() if len(page) >= limit]
    complete = pages.values() if not full else [_until(min(full), page) for page in pages.values()]
    return list(heapq.merge(*complete, key=lambda fact: fact.recorded))


def _until(end: datetime, page: Sequence[Published]) -> list[Published]:
    return list(takewhile(lambda fact: fact.recorded <= end, page))
