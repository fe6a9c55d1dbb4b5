"""A key ring in memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import uuid4

from desk.contract.key_ring import Key, KeyState, new_secret


class MemoryKeyRing:
    """Implements desk.contract.key_ring.KeyRing. Keys end with the process."""

    def __init__(self) -> None:
        self._ids: dict[str, str] = {}
        self._keys: dict[str, Key] = {}

    def key_for(self, subject: str) -> Key:
        key_id = self._ids.get(subject)
        if key_id is None:
            key = Key(uuid4().hex, subject, new_secret())
            self._ids[subject], self._keys[key.id] = key.id, key
            return key
        return self._keys.get(key_id) or Key(key_id, subject, new_secret())

    def ensure(self, subjects: Iterable[str]) -> None:
        for subject in subjects:
            self.key_for(subject)

    def get(self, key_id: str) -> Key | None:
        return self._keys.get(key_id)

    def destroy(self, subject: str) -> str | None:
        key_id = self._ids.get(subject)
        if key_id is not None:
            self._keys.pop(key_id, None)
        return key_id

    def states(self, key_ids: Iterable[str]) -> Mapping[str, KeyState]:
        made = set(self._ids.values())
        return {key: self._state(key, made) for key in key_ids}

    def _state(self, key: str, made: set[str]) -> KeyState:
        if key in self._keys:
            return KeyState.HELD
        return KeyState.ERASED if key in made else KeyState.MISSING
