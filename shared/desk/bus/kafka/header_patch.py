"""Reads records whose header names are not UTF-8. The client library raises on such a record at every poll and never
gets past it: one record, which any client may write, would block its partition for all services."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any, SupportsIndex

from aiokafka.consumer import fetcher  # type: ignore[import-untyped]
from aiokafka.record.default_records import _DefaultRecordBatchPy  # type: ignore[import-untyped]
from aiokafka.record.memory_records import MemoryRecords  # type: ignore[import-untyped]

OVERHEAD = 12
"""A batch begins with its offset (8 bytes) and the length of the remainder (4 bytes)."""


class TolerantRecords:
    """Replaces `aiokafka.record.MemoryRecords`; its batches can always be read to their end."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0
        self._records = MemoryRecords(data)

    def size_in_bytes(self) -> int:
        """Length of all batches, in bytes."""
        return int(self._records.size_in_bytes())

    def has_next(self) -> bool:
        """Whether a whole batch follows."""
        return bool(self._records.has_next())

    def next_batch(self) -> _Batch | None:
        """The next batch; None at the end."""
        batch = self._records.next_batch()
        if batch is None:
            return None
        begin = self._at
        self._at += OVERHEAD + int.from_bytes(self._data[begin + 8 : begin + OVERHEAD])
        return _Batch(batch, self._data, begin, self._at)


class _Batch:
    """The library's batch; a slower reader continues from the first record that it cannot read."""

    # Any: the reader of aiokafka, which has no types
    def __init__(self, batch: Any, data: bytes, begin: int, end: int) -> None:
        self._batch, self._data, self._begin, self._end = batch, data, begin, end

    def __getattr__(self, name: str) -> Any:  # Any: an attribute of that reader
        return getattr(self._batch, name)

    def __next__(self) -> object:
        return next(self._batch)

    def __iter__(self) -> Iterator[object]:
        done = 0
        try:
            for record in self._batch:
                yield record
                done += 1
        except UnicodeDecodeError:
            yield from islice(_Replacing(self._data[self._begin : self._end]), done, None)


class _Replacing(_DefaultRecordBatchPy):  # type: ignore[misc]
    """The library's reader in Python; bytes of a name that are not UTF-8 become U+FFFD."""

    def _maybe_uncompress(self) -> None:
        super()._maybe_uncompress()
        self._buffer: _Lenient = _Lenient(self._buffer)


class _Lenient(bytearray):
    """Bytes whose slices decode without an error."""

    def __getitem__(self, place: SupportsIndex | slice) -> Any:  # Any: bytes or number, by the type of the place
        found = super().__getitem__(place)
        return _Lenient(found) if isinstance(found, bytearray) else found

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        """Decode as UTF-8, replacing invalid bytes."""
        return bytes(self).decode(encoding, "replace")


def install() -> None:
    """Make every consumer of this process use TolerantRecords. The library's version is checked at start."""
    fetcher.MemoryRecords = TolerantRecords
