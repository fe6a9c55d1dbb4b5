"""Compares the key ring with the facts, and so detects a ring that was restored from an older copy, or lost.

Keys that facts name and the ring lacks are *missing*: they are counted and listed, and their subjects get no other key
until the ring is repaired or an operator accepts the loss. Destroyed keys that have come back are destroyed again:
every store, and its facts, record which those are.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, TypeVar

import structlog

from desk.contract.key_ring import KeyEntry
from desk.contract.sealing import sealing_subject
from desk.eventstore.aggregate_id import split
from desk.eventstore.event_log import EventLog
from desk.eventstore.table_writer import DbCursor
from desk.keyring import text_keys
from desk.keyring.postgres import PostgresKeyRing
from desk.keyring.text_keys import TextKey
from desk.telemetry.logs import described

WHOLE_EVERY = 600.0
READING = 20.0
"""Seconds that one turn may read facts, so that it does not delay the first start on a large store."""
PAGE = 5000
T = TypeVar("T")
log = structlog.get_logger(__name__)


class KeyReport(NamedTuple):
    """The result of an audit: numbers of keys, and of `facts` that name a missing one."""

    missing: int = 0
    facts: int = 0
    abandoned: int = 0
    erased: int = 0
    erased_again: int = 0

    def complaint(self) -> str | None:
        """One line for operators; None when no key is missing."""
        if not self.missing:
            return None
        return f"the key ring lacks {self.missing} keys, named by {self.facts} facts: see `desk keys list`"


class KeyAudit:
    """Audits one ring against one event store. Thread-safe; `report` is the result of the last turn."""

    def __init__(self, event_log: EventLog, ring: PostgresKeyRing, now: Callable[[], float] = time.monotonic) -> None:
        self._log, self._ring, self._now = event_log, ring, now
        self._lock = threading.Lock()
        self._set_back = -1
        self._whole_at = 0.0
        self._erased_again = 0
        self._new: list[str] = []
        self.report = KeyReport()

    def turn(self) -> KeyReport:
        """Read new facts and compare their keys; all keys, when the ring was restored or the last full audit is old.

        StoreUnavailable when the store or the ring does not answer: the next turn compares what this one did not.
        """
        with self._lock:
            set_back = self._ring.probe()
            whole = set_back != self._set_back or self._now() >= self._whole_at
            self._new += self._read_facts()
            self._erase()
            for page in self._every_key() if whole else self._these(self._new):
                self._compare(page)
            self._new.clear()
            self._bar(whole)
            self.report = self._count()
            if whole:
                self._set_back, self._whole_at = set_back, self._now() + WHOLE_EVERY
            return self.report

    def unrecorded(self) -> list[TextKey]:
        """Destroyed keys without a fact that records it."""
        return self._execute(text_keys.unrecorded)

    def missing(self) -> list[TextKey]:
        """Keys that facts name and the ring lacks, abandoned ones included."""
        return self._execute(text_keys.missing)

    def _read_facts(self) -> list[str]:
        new: list[str] = []
        end, number = self._now() + READING, text_keys.PAGE
        while number == text_keys.PAGE and self._now() < end:
            number, keys = self._execute(lambda cursor: text_keys.read_page(cursor, self._log.language))
            new += keys
        return new

    def _erase(self) -> None:
        """Record keys that the ring has destroyed, and destroy in the ring those that this store has recorded."""
        in_ring = {entry.id: entry for entry in self._ring.erased()}
        here = {key.key: key for key in self._execute(text_keys.erased)}
        learned = [entry for key, entry in in_ring.items() if key not in here]
        if learned:
            self._execute(lambda cursor: text_keys.mark_erased(cursor, learned, recorded=False))
        forgotten = [key.entry for key in here.values() if key.key not in in_ring]
        back = self._ring.erase(forgotten) if forgotten else []
        if back:
            self._erased_again += len(back)
            log.error("keys that had been destroyed were in the key ring again: destroyed", count=len(back))

    def _compare(self, page: Sequence[TextKey]) -> None:
        there = self._ring.entries(key.key for key in page)
        self._name([key for key in page if key.subject is None], there)
        absent = [key.key for key in page if key.key not in there and key.missing is None]
        back = [key.key for key in page if key.key in there and key.missing is not None]
        if absent:
            self._execute(lambda cursor: text_keys.mark_missing(cursor, absent))
            log.error("the key ring lacks keys of texts in facts", count=len(absent))
        if back:
            self._execute(lambda cursor: text_keys.mark_held(cursor, back))

    def _bar(self, whole: bool) -> None:
        """Bar subjects of missing keys from new keys, except those whose loss was accepted."""
        lost = self._execute(text_keys.missing)
        for abandoned in (False, True):
            entries = [key.entry for key in lost if (key.abandoned is not None) is abandoned]
            if entries or whole or self.report.missing:
                self._ring.mark_missing(entries, abandoned=abandoned)

    def _name(self, nameless: Sequence[TextKey], there: dict[str, KeyEntry]) -> None:
        """Record the subjects of these keys, from the ring or else from the facts that name them."""
        if not nameless:
            return
        entries = [there[key.key] for key in nameless if key.key in there]
        aggregates: dict[str, set[str]] = {}
        for key in nameless:
            if key.key not in there:
                aggregates.setdefault(key.aggregate, set()).add(key.key)
        for aggregate, keys in aggregates.items():
            entries += self._derived(aggregate, keys)
        self._execute(lambda cursor: text_keys.name_subjects(cursor, entries))

    def _derived(self, aggregate: str, keys: set[str]) -> list[KeyEntry]:
        """Derive the subjects of keys from the facts that name them, by the rule by which their owner sealed them."""
        rows = self._log.store.read(lambda reads: reads.events_after({aggregate: 0}))
        stream, subject = split(aggregate)
        state = self._log.loader.empty(aggregate).state
        found: dict[str, str] = {}
        for row in rows:
            if row.skipped:
                continue
            try:
                event = self._log.language.decode(row.raw)
                for key in text_keys.keys_in(row.raw) & keys:
                    found.setdefault(key, sealing_subject(stream, subject, state, event.data))
                state = state.evolve(event)
            except Exception as error:
                # the subjects of later keys cannot be derived; the audit of other aggregates goes on
                log.error("an aggregate cannot be folded to name its keys", stream=stream.value, **described(error))
                break
        return [KeyEntry(key, name) for key, name in found.items()]

    def _every_key(self) -> Iterable[list[TextKey]]:
        page = self._expected("")
        while page:
            yield page
            page = self._expected(page[-1].key)

    def _expected(self, after: str) -> list[TextKey]:
        return self._execute(lambda cursor: text_keys.expected(cursor, after, PAGE))

    def _these(self, new: list[str]) -> Iterable[list[TextKey]]:
        for start in range(0, len(new), PAGE):
            yield self._among(new[start : start + PAGE])
        yield self._execute(text_keys.missing)

    def _among(self, keys: list[str]) -> list[TextKey]:
        return self._execute(lambda cursor: text_keys.among(cursor, keys))

    def _count(self) -> KeyReport:
        lost = self._execute(text_keys.missing)
        refused = [key for key in lost if key.abandoned is None]
        return KeyReport(
            missing=len(refused),
            facts=sum(key.facts for key in refused),
            abandoned=len(lost) - len(refused),
            erased=len(self._execute(text_keys.erased)),
            erased_again=self._erased_again,
        )

    def _execute(self, work: Callable[[DbCursor], T]) -> T:
        return self._log.store.execute(work)
