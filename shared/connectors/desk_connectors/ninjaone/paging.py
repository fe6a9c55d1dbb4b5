"""Lists of the vendor: by the id of the last row, by a named cursor, and activities from the newest back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from desk_connectors.http.errors import VendorAnswerInvalid
from desk_connectors.ninjaone.records.reading import VENDOR, Record, read
from desk_connectors.ninjaone.session import Session

R = TypeVar("R", bound=Record)
MOST_PAGES = 200
Params = Mapping[str, str | int]


@dataclass(slots=True)
class Listing(Generic[R]):
    """`unreadable` names the rows that were left out. `cut` is True when the vendor has more than was read."""

    records: list[R] = field(default_factory=list)
    unreadable: list[VendorAnswerInvalid] = field(default_factory=list)
    cut: bool = False
    _ids: set[object] = field(default_factory=set)

    def add(self, kind: type[R], rows: list[Any]) -> int:
        """Read rows, each id once: a list that changes between two pages repeats rows. The number of new ids."""
        before = len(self._ids)
        for row in rows:
            key = _id(row)
            if key is not None and key in self._ids:
                continue
            self._ids.add(key)
            try:
                self.records.append(read(kind, row))
            except VendorAnswerInvalid as invalid:
                self.unreadable.append(invalid)
        return len(self._ids) - before


async def by_id(session: Session, kind: type[R], path: str, params: Params | None = None) -> Listing[R]:
    """Every row of a list that is paged by `after`. A page shorter than `pageSize` is the last."""
    found = Listing[R]()
    size = session.settings.page_size
    asked: dict[str, str | int] = {**(params or {}), "pageSize": size}
    after: int | None = None
    for _ in range(MOST_PAGES):
        rows = as_rows(await session.get(path, asked), path)
        found.add(kind, rows)
        if len(rows) < size:
            return found
        last = next((key for row in reversed(rows) if isinstance(key := _id(row), int)), None)
        if last is None or last == after:
            raise VendorAnswerInvalid(VENDOR, f"list of {kind.__name__}", "id", "the next page cannot be asked for")
        asked["after"] = after = last
    found.cut = True
    return found


async def whole(session: Session, kind: type[R], path: str, params: Params | None = None) -> Listing[R]:
    """A list that the vendor answers at once."""
    found = Listing[R]()
    found.add(kind, as_rows(await session.get(path, params), path))
    return found


async def back(session: Session, path: str, params: Params) -> AsyncIterator[list[Any]]:
    """Pages of activities, newest first, each asked for by the lowest id of the one before.

    Paging by time leaves gaps at the vendor; ids do not.
    """
    size = session.settings.page_size
    asked: dict[str, str | int] = {**params, "pageSize": size}
    older: int | None = None
    while True:
        answer = await session.get(path, asked)
        rows = as_rows(answer.get("activities") if isinstance(answer, dict) else answer, path)
        yield rows
        ids = [key for row in rows if isinstance(key := _id(row), int)]
        if len(rows) < size:
            return
        if not ids or (older is not None and min(ids) >= older):
            raise VendorAnswerInvalid(VENDOR, "list of Activity", "id", "the next page cannot be asked for")
        asked["olderThan"] = older = min(ids)


def as_rows(answer: object, path: str) -> list[Any]:
    """The answer when it is a list, else `VendorAnswerInvalid`: some calls answer `false` instead of rows."""
    if not isinstance(answer, list):
        raise VendorAnswerInvalid(VENDOR, f"list at {path}", "body", "not a list")
    return answer


def _id(row: object) -> object:
    key = row.get("id", row.get("uid")) if isinstance(row, dict) else None
    return key if isinstance(key, str | int) else None
