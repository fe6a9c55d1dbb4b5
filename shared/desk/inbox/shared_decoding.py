"""Decodes each fact once for all services of a process: all replicas get the same bytes, and events are immutable."""

from __future__ import annotations

from collections.abc import Callable

from desk.contract.event import Event
from desk.decision.event_model import EventModel

KEPT = 4_000


def decoding_once(language: EventModel, kept: int = KEPT) -> EventModel:
    """An event model that caches the last `kept` decoded facts. Thread-safe; failures are not cached."""
    return language._replace(decode=_Memory(language.decode, kept))


class _Memory:
    def __init__(self, decode: Callable[[bytes], Event], kept: int) -> None:
        self._decode, self._kept = decode, kept
        self._found: dict[bytes, Event] = {}

    def __call__(self, raw: bytes) -> Event:
        found = self._found.get(raw)
        if found is None:
            found = self._decode(raw)
            self._found[raw] = found
            if len(self._found) > self._kept:
                self._forget()
        return found

    def _forget(self) -> None:
        """Drop the oldest half; another thread may be dropping too."""
        for raw in list(self._found)[: self._kept // 2]:
            self._found.pop(raw, None)
