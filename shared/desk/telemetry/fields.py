"""The allow-list for logs and traces: ids, codes, sizes. Anything else, such as a text, is dropped and counted."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

Value = str | int | float | bool

ALLOWED = frozenset(
    """
    service logger level timestamp at error error_at suppressed traceid spanid
    ticket subject stream topic partition offset position group epoch fact type owner source ownerseq cycle attempt
    command effect timer view policy version cause kind state code status status_class mode origin bus
    client device instance record hook vendor board mapping migration
    method route host port pid signal seconds delay count size limit lag parked oldest rows facts items tries vector
    feed operation field peer schema revision
    """.split()  # noqa: SIM905
)
"""Field names that may appear; their values must look like an id, a code or a number."""

MAX_NAMES = 100
_TOKEN = re.compile(r"[A-Za-z0-9_.:/+=,*<>\[\]{}-]{1,200}")
_ERROR = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}( in [A-Za-z0-9_<>]{1,99}:[0-9]{1,6})?")
_EVENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_ ,.:;/()%+-]{0,119}")
WITHHELD = "message withheld"


class Dropped:
    """Counts withheld values by field name (at most 100 names, then `other`). Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._names: Counter[str] = Counter()

    def add(self, name: str) -> None:
        """Count one value withheld under this field name."""
        with self._lock:
            listed = name in self._names or len(self._names) < MAX_NAMES
            self._names[name if listed else "other"] += 1

    @property
    def total(self) -> int:
        """Number of values withheld so far."""
        with self._lock:
            return sum(self._names.values())

    def names(self) -> dict[str, int]:
        """Withheld values by field name."""
        with self._lock:
            return dict(self._names)


def allowed(fields: Mapping[str, object], dropped: Dropped) -> dict[str, Value]:
    """The fields that may leave the process; the others are counted in `dropped`."""
    kept: dict[str, Value] = {}
    for name, value in fields.items():
        if value is None:
            continue
        token = _token(value, _ERROR if name == "error" else _TOKEN) if name in ALLOWED else None
        if token is None:
            dropped.add(name)
        else:
            kept[name] = token
    return kept


def event_text(text: object, dropped: Dropped) -> str:
    """The message of a log line when it is plain words; otherwise a constant, counted as `event`."""
    if isinstance(text, str) and _EVENT.fullmatch(text):
        return text
    dropped.add("event")
    return WITHHELD


def _token(value: object, shape: re.Pattern[str]) -> Value | None:
    if isinstance(value, bool | int | float):
        return value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, str | UUID):
        text = str(value)
        return text if shape.fullmatch(text) else None
    return None
