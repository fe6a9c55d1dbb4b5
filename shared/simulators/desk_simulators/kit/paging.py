"""Ways to page through a list: by number with link relations, after an id, by a named cursor that expires."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count, islice
from typing import Any

from desk_simulators.kit.table import Record


def numbered_links(total: int, page: int, size: int) -> dict[str, dict[str, int]]:
    """Link relation -> query parameters, for page `page` (from 1) of `total` records."""
    last = max(1, -(-total // size))
    pages = {
        "first": 1 if page > 1 else None,
        "prev": page - 1 if page > 1 else None,
        "next": page + 1 if page < last else None,
        "last": last if page < last else None,
    }
    return {name: {"page": number, "pageSize": size} for name, number in pages.items() if number is not None}


def page_of(rows: Iterable[Record], size: int) -> tuple[list[Record], bool]:
    """The first `size` rows, and whether more follow."""
    records = list(islice(rows, size + 1))
    return records[:size], len(records) > size


def after_id(rows: Sequence[Record], after: int, size: int, *, overlap: int = 0) -> list[Record]:
    """Up to `size` rows with an id above `after`; `rows` ascend by id.

    `overlap` rows of the page before are repeated in front, as happens when a vendor's list moves under the reader.
    """
    start = next((place for place, row in enumerate(rows) if row["id"] > after), len(rows))
    return list(rows[max(0, start - overlap) if after else start :][:size])


@dataclass(slots=True)
class Cursor:
    """A result being read: the rows left after `offset`, valid until `expires`."""

    name: str
    rows: Sequence[Any]
    offset: int
    expires: datetime


class CursorBook:
    """Results that are read page by page under a name. An expired or unknown name is nobody's."""

    def __init__(self, now: Callable[[], datetime], lifetime: timedelta) -> None:
        self._now = now
        self._lifetime = lifetime
        self._cursors: dict[str, Cursor] = {}
        self._numbers = count(1)

    def __len__(self) -> int:
        return len(self._cursors)

    def open(self, rows: Sequence[object]) -> Cursor:
        """A new cursor; expired ones are dropped, so that a long run does not keep their rows."""
        self._cursors = {name: cursor for name, cursor in self._cursors.items() if self._now() < cursor.expires}
        cursor = Cursor(f"cursor-{next(self._numbers):08x}", rows, 0, self._now() + self._lifetime)
        self._cursors[cursor.name] = cursor
        return cursor

    def find(self, name: str) -> Cursor | None:
        cursor = self._cursors.get(name)
        return cursor if cursor is not None and self._now() < cursor.expires else None

    def read(self, cursor: Cursor, size: int) -> list[Any]:
        """The next page; the cursor moves behind it and its lifetime starts anew."""
        page = list(cursor.rows[cursor.offset : cursor.offset + size])
        cursor.offset += len(page)
        cursor.expires = self._now() + self._lifetime
        return page
