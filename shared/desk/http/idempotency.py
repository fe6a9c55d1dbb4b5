"""A command is answered once: the same Idempotency-Key gets the same facts again, however often it is sent.

The record of the answer is written in the transaction of the facts, so there is no moment between the two. Nothing is
read before: only when the store finds the key taken, or the decision now refuses, is the earlier answer looked up.
Refusals are not recorded: the same key may be used again after one.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import NamedTuple, Protocol
from uuid import UUID, uuid5

from desk.http.problems import Problem
from desk.log.errors import Conflict
from desk.refusals import Refusal

NAMESPACE = UUID("5f7c1d0e-7a3b-5c55-9e0a-6a1f0a6d7c21")
PATIENCE = 2.0
DECIDED_ANEW = frozenset({404, 409, 422})


class Answer(NamedTuple):
    """What a command answers: HTTP status and the JSON body."""

    status: int
    body: bytes


class IdempotencyRecord(NamedTuple):
    """One row of table `idempotency`, unique by (principal, key). `fingerprint` is hex SHA-256 of what was asked."""

    principal: str
    key: str
    fingerprint: str
    command_id: UUID
    status: int
    body: bytes
    at: datetime


class IdempotencyStore(Protocol):
    """Where records are found again. They are *written* by the append: a taken (principal, key) there is a Conflict."""

    async def find(self, principal: str, key: str) -> IdempotencyRecord | None:
        """The committed record of this principal and key."""


class Asked(NamedTuple):
    """A command as asked: who, under which key, and the fingerprint of method, address and body."""

    principal: str
    key: str
    fingerprint: str

    @property
    def command_id(self) -> UUID:
        """The command's id: the same for every repeat, so that its facts have the same ids too."""
        return command_id(self.principal, self.key)

    def record(self, answer: Answer, at: datetime) -> IdempotencyRecord:
        """The row to write in the transaction of the facts."""
        return IdempotencyRecord(*self, self.command_id, answer.status, answer.body, at)


class Idempotency:
    """Runs commands once. In this process a repeat waits for the first; across processes the unique row decides."""

    def __init__(self, store: IdempotencyStore, patience: float = PATIENCE) -> None:
        self._store, self._patience = store, patience
        self._flights: dict[tuple[str, str], tuple[asyncio.Lock, int]] = {}

    async def once(self, asked: Asked, work: Callable[[], Awaitable[Answer]]) -> tuple[Answer, bool]:
        """(answer, whether it is an earlier one). `work` must append `asked.record(...)` with its facts.

        422 `idempotency_key_reused` when the key was used for something else; 409 `idempotency_in_progress`
        (retryable) when the first is not answered in time.
        """
        async with self._alone(asked) as waited:
            earlier = await self._earlier(asked) if waited else None
            if earlier is not None:
                return earlier, True
            try:
                return await work(), False
            except (Refusal, Conflict) as error:
                if isinstance(error, Refusal) and error.status not in DECIDED_ANEW:
                    raise
                earlier = await self._earlier(asked)
                if earlier is None:
                    raise
                return earlier, True

    async def _earlier(self, asked: Asked) -> Answer | None:
        record = await self._store.find(asked.principal, asked.key)
        if record is None:
            return None
        if record.fingerprint != asked.fingerprint:
            raise Refusal("idempotency_key_reused", "this key was used with another address or body")
        return Answer(record.status, record.body)

    @asynccontextmanager
    async def _alone(self, asked: Asked) -> AsyncIterator[bool]:
        name = (asked.principal, asked.key)
        lock, users = self._flights.get(name, (asyncio.Lock(), 0))
        self._flights[name] = (lock, users + 1)
        waited = lock.locked()
        try:
            await self._acquire(lock)
            try:
                yield waited
            finally:
                lock.release()
        finally:
            lock, users = self._flights.pop(name)
            if users > 1:
                self._flights[name] = (lock, users - 1)

    async def _acquire(self, lock: asyncio.Lock) -> None:
        try:
            async with asyncio.timeout(self._patience):
                await lock.acquire()
        except TimeoutError as error:
            raise Problem("idempotency_in_progress") from error


def command_id(principal: str, key: str) -> UUID:
    """UUIDv5 of principal and key."""
    return uuid5(NAMESPACE, f"{principal}\x1f{key}")


def fingerprint(method: str, address: str, body: bytes) -> str:
    """Hex SHA-256 of method, address (path and query) and canonical body: order of keys and blanks do not matter."""
    text = f"{method} {address}\n".encode() + _canonical(body)
    return hashlib.sha256(text).hexdigest()


def _canonical(body: bytes) -> bytes:
    try:
        return json.dumps(json.loads(body), sort_keys=True, separators=(",", ":")).encode()
    except (ValueError, RecursionError):
        return body
