"""Records of one kind, by id, with indexes, so that no call walks over all of them."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator
from typing import Any

Record = dict[str, Any]
"""A JSON record as the API returns it. Never changed in place: a change puts a new one."""

Key = str | int | float | bool | None


def key_of(value: object) -> Key:
    return value.casefold() if isinstance(value, str) else value if isinstance(value, int | float) else None


def value_at(record: Record, path: str) -> Any:
    """The value at `company/id`, or None."""
    value: object = record
    for part in path.split("/"):
        value = value.get(part) if isinstance(value, dict) else None
    return value


class Table:
    """Records by whole-number `id`. `indexed` names the paths that `find` answers.

    `updated_path` leads to the text stamp by which `updated_from` orders changes.
    """

    def __init__(self, indexed: Iterable[str] = (), *, updated_path: str = "_info/lastUpdated") -> None:
        self._updated_path = updated_path
        self._rows: dict[int, Record] = {}
        self._ids: list[int] = []
        self._updated: list[tuple[str, int]] = []
        self._indexes: dict[str, dict[Key, set[int]]] = {path: {} for path in indexed}
        self._last_id = 0

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Record]:
        """All records by ascending id."""
        return (self._rows[record_id] for record_id in self._ids)

    def get(self, record_id: int) -> Record | None:
        return self._rows.get(record_id)

    def next_id(self) -> int:
        """An id that was never given before, also not to a record since deleted."""
        self._last_id += 1
        return self._last_id

    def start_after(self, record_id: int) -> None:
        self._last_id = max(self._last_id, record_id)

    @property
    def last_id(self) -> int:
        return self._last_id

    @property
    def indexed(self) -> frozenset[str]:
        return frozenset(self._indexes)

    def put(self, record: Record) -> None:
        record_id: int = record["id"]
        before = self._rows.get(record_id)
        if before is None:
            insort(self._ids, record_id)
            self.start_after(record_id)
        else:
            self._forget(before)
        self._rows[record_id] = record
        insort(self._updated, (self._stamp(record), record_id))
        for path, index in self._indexes.items():
            index.setdefault(key_of(value_at(record, path)), set()).add(record_id)

    def remove(self, record_id: int) -> Record:
        record = self._rows.pop(record_id)
        del self._ids[bisect_left(self._ids, record_id)]
        self._forget(record)
        return record

    def clear(self) -> None:
        for record_id in list(self._ids):
            self.remove(record_id)

    def _forget(self, record: Record) -> None:
        record_id: int = record["id"]
        del self._updated[bisect_left(self._updated, (self._stamp(record), record_id))]
        for path, index in self._indexes.items():
            index[key_of(value_at(record, path))].discard(record_id)

    def find(self, path: str, value: object) -> list[Record]:
        """Records whose indexed path equals the value (text without regard to case), by ascending id."""
        return [self._rows[record_id] for record_id in sorted(self._indexes[path].get(key_of(value), ()))]

    def first(self, path: str, value: object) -> Record | None:
        return next(iter(self.find(path, value)), None)

    def window(self, part: slice) -> list[Record]:
        """The records at these places of the order by id."""
        return [self._rows[record_id] for record_id in self._ids[part]]

    def updated_from(self, text: str) -> list[Record]:
        """Records stamped at or after this text, oldest change first."""
        start = bisect_left(self._updated, (text, 0))
        return [self._rows[record_id] for _, record_id in self._updated[start:]]

    def after(self, record_id: int) -> Iterator[Record]:
        """Records with a greater id, by ascending id."""
        return (self._rows[found] for found in self._ids[bisect_right(self._ids, record_id) :])

    def _stamp(self, record: Record) -> str:
        return str(value_at(record, self._updated_path) or "")
