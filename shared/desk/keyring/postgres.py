"""The key ring in PostgreSQL, in a schema (or a database) of its own.

Destroying a key there erases a person. The keys are stored in the clear: protect that database like the personal data
itself, and keep its backups only briefly.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import Self, TypeVar

from psycopg import Connection, Error
from psycopg.errors import InvalidSchemaName, UndefinedTable
from psycopg.rows import TupleRow

from desk.contract.key_ring import Key, KeyEntry, KeyState, new_secret
from desk.decision.refusal import Refusal
from desk.eventstore.connections.hang_detection import KEEPALIVE, WatchedConnection
from desk.eventstore.connections.pool import TriedPool
from desk.eventstore.connections.retry_deadline import RetryDeadline
from desk.eventstore.table_writer import Row
from desk.keyring import rows as key_rows

T = TypeVar("T")
CACHED = 8_000


class KeyMissing(Refusal):
    """Texts of this subject may not be sealed: facts name an earlier key of it that the ring lacks."""

    def __init__(self, subject: str, keys: Iterable[str] = ()) -> None:
        self.subject = subject
        super().__init__(
            "key_missing", f"the key ring does not have the key of {subject}", subject=subject, keys=list(keys)
        )


class PostgresKeyRing:
    """Implements desk.contract.key_ring.KeyRing for several processes and threads.

    Keys are cached for `ttl` seconds, for which another process can still read after `destroy`. StoreUnavailable when
    the database does not answer within `timeout` seconds, and at once for a short time after that. `audits` are called
    before a key is created while the ring may be older than the facts: the key seen last is gone, or keys are missing.
    They determine the subjects that must not get another key.
    """

    def __init__(
        self, conninfo: str, *, ttl: float = 60, timeout: float = 2, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._ttl, self._now = ttl, now
        self._lock = threading.Lock()
        self._cache: dict[str, tuple[float, Key]] = {}
        self._newest: str | None = None
        self._timeout = timeout
        self.audits: list[Callable[[], None]] = []
        self.set_back = 0
        self._pool = TriedPool[WatchedConnection[TupleRow]](
            conninfo,
            connection_class=WatchedConnection[TupleRow],
            min_size=0,
            max_size=4,
            timeout=timeout,
            reconnect_timeout=timeout,
            open=True,
            kwargs={**KEEPALIVE, "autocommit": True, "connect_timeout": 2},
        )
        try:
            self._execute(key_rows.create)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()

    def key_for(self, subject: str) -> Key:
        """The subject's key, created when there is none. When several processes create one, all get the same."""
        key = self._cached(f"s{subject}") or self._loaded([subject]).get(subject)
        if key is None:
            barred = self._execute(lambda session: key_rows.barred(session, [subject]))
            raise KeyMissing(subject, barred.get(subject, ()))
        return key

    def ensure(self, subjects: Iterable[str]) -> None:
        """Create the missing keys of many subjects in one transaction and cache all of them, except for subjects with
        an earlier key that is missing."""
        missing = [subject for subject in dict.fromkeys(subjects) if self._cached(f"s{subject}") is None]
        if missing:
            self._loaded(missing)

    def get(self, key_id: str) -> Key | None:
        """The key with that id; None when it is unknown or destroyed."""
        key = self._cached(f"k{key_id}")
        if key is not None:
            return key
        row = self._execute(lambda session: key_rows.by_id(session, key_id))
        return None if row is None else self._remember(row)

    def destroy(self, subject: str) -> str | None:
        """Destroy the subject's key for ever; returns its id, None when it never had one."""
        row = self._execute(lambda session: key_rows.destroyed(session, subject))
        if row is None:
            return None
        with self._lock:
            self._cache.pop(f"s{subject}", None)
            self._cache.pop(f"k{row[0]}", None)
        return str(row[0])

    def states(self, key_ids: Iterable[str]) -> Mapping[str, KeyState]:
        """The state of each of these ids."""
        ids = list(key_ids)
        return self._execute(lambda session: key_rows.states(session, ids))

    def entries(self, key_ids: Iterable[str]) -> dict[str, KeyEntry]:
        """Entries for those of these ids that the ring has or has recorded as destroyed."""
        ids = list(key_ids)
        rows = self._execute(lambda session: key_rows.by_ids(session, ids))
        return {row[0]: KeyEntry(row[0], row[1]) for row in rows}

    def erased(self) -> list[KeyEntry]:
        """All destroyed keys."""
        return self._execute(key_rows.erased)

    def erase(self, entries: Iterable[KeyEntry]) -> list[str]:
        """Destroy again the keys that came back with an older copy of the ring; returns their ids."""
        listed = list(entries)
        back = self._execute(lambda session: key_rows.erase(session, listed))
        with self._lock:
            for entry in listed:
                self._cache.pop(f"k{entry.id}", None)
                self._cache.pop(f"s{entry.subject}", None)
        return back

    def mark_missing(self, entries: Iterable[KeyEntry], *, abandoned: bool = False) -> None:
        """Bar the subjects of these ids from new keys or, when `abandoned`, allow them again. Ids that the ring has are
        removed from the list."""
        listed = list(entries)

        def work(session: Connection[TupleRow]) -> None:
            key_rows.mark_missing(session, listed, abandoned)
            key_rows.unmark_held(session)

        self._execute(work)

    def probe(self) -> int:
        """Check whether the newest key of the last check is gone; returns how often that has happened."""

        def work(session: Connection[TupleRow]) -> bool:
            gone = self._newest is not None and key_rows.by_id(session, self._newest) is None
            self._newest = key_rows.newest(session)
            return gone

        if self._execute(work):
            self.set_back += 1
            with self._lock:
                self._cache.clear()
        return self.set_back

    def copy_from(self, url: str) -> int:
        """Copy the keys of another ring that this one lacks and has not recorded as destroyed; returns their number."""
        with Connection.connect(url, connect_timeout=2) as other:
            return self._execute(lambda session: key_rows.copied(session, other))

    def _execute(self, work: Callable[[Connection[TupleRow]], T]) -> T:
        patience = RetryDeadline(self._timeout)
        while True:
            try:
                with self._pool.connection() as session:
                    return self._done(session, work)
            except Error as error:
                patience.wait_or_raise(error)

    def _done(self, session: Connection[TupleRow], work: Callable[[Connection[TupleRow]], T]) -> T:
        try:
            return work(session)
        except (UndefinedTable, InvalidSchemaName):
            # the ring was dropped while in use: create an empty one, whose missing keys the audits find
            key_rows.create(session)
            return work(session)

    def _doubtful(self) -> bool:
        return self._execute(lambda session: key_rows.doubtful(session, self._newest))

    def _loaded(self, subjects: list[str]) -> dict[str, Key]:
        if self.audits and self._doubtful():
            for audit in self.audits:
                audit()
        rows = self._execute(lambda session: key_rows.made(session, subjects))
        # destroyed: later texts of that subject are sealed under a key that is not stored
        return {row[1]: self._remember(row) or Key(row[0], row[1], new_secret()) for row in rows}

    def _remember(self, row: Row) -> Key | None:
        key_id, subject, secret = row
        if secret is None:
            return None
        key = Key(key_id, subject, bytes(secret))
        entry = (self._now() + self._ttl, key)
        with self._lock:
            while len(self._cache) >= CACHED:
                self._cache.pop(next(iter(self._cache)))
            self._cache[f"s{subject}"] = self._cache[f"k{key_id}"] = entry
        return key

    def _cached(self, name: str) -> Key | None:
        with self._lock:
            entry = self._cache.get(name)
        return entry[1] if entry is not None and entry[0] > self._now() else None
