"""`POST /psa/{instance}/callbacks`: verify, store, commit, answer. No decision is made and no bus is involved.

A refusal that the sender should retry is 429, the only suitable status that ConnectWise retries; 404, 409 and 419 are
never used if a retry is useless. The query string is not signed and is ignored.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import structlog
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from desk.contract.bounds import Filter
from desk.eventstore.errors import LogError
from desk.eventstore.event_log import EventLog
from desk.fault_points import fault_point
from desk.http.app.responses import json_response
from desk.http.problems.problem import Problem, invalid_field
from desk.telemetry.logs import described
from desk.telemetry.tracing import traceparent
from desk_intake.psa.connection import PsaConnection
from desk_intake.psa.receive.receipts import IncomingCallback, store_callback, unread
from desk_integrations.kinds.psa import CallbackRefused, PsaCallback
from desk_integrations.vendor_errors import VendorRateLimited, VendorUnavailable

TYPES = frozenset({"ticket", "time", "company", "contact", "configuration", "agreement", "member"})
MOST_UNREAD = 20_000
COUNT_EVERY = 0.5
LONGEST_KEY = 200
PATIENCE = 4.0
"""Seconds within which the sender is answered; it gives up after 5."""
log = structlog.get_logger(__name__)


class Backlog:
    """Limits the number of unread receipts. Queries the store at most twice a second."""

    def __init__(self, event_log: EventLog, most: int) -> None:
        self._log, self._most = event_log, most
        self._at, self._full = float("-inf"), False

    def full(self) -> bool:
        """Whether no more callbacks may be stored. Blocks for one query if the last answer is old."""
        now = time.monotonic()
        if now - self._at >= COUNT_EVERY:
            self._at = now
            self._full = self._log.store.execute(lambda cursor: unread(cursor, self._most)) >= self._most
        return self._full


def webhook_routes(
    connections: Mapping[str, PsaConnection], event_log: EventLog, wake: asyncio.Event, most: int = MOST_UNREAD
) -> APIRouter:
    """The public route of the gateway: callers are authenticated by signature, not by a token."""
    router = APIRouter(tags=["psa"])
    backlog = Backlog(event_log, most)

    @router.post("/psa/{instance}/callbacks", summary="Receive a signed callback of the PSA", response_model=None)
    async def callback(instance: Filter, request: Request) -> Response:
        connection = connections.get(instance)
        if connection is None:
            raise Problem("unknown_psa_instance", f"no PSA instance {instance[:60]!r} is configured here")
        raw = await request.body()
        with _repeatable(instance):
            found = await _proven(connection, raw, request.headers)
            fault_point("receipt in")
            new = await _stored(_incoming(instance, found, raw), event_log, backlog)
            fault_point("receipt committed")
        wake.set()
        return json_response({"receipt": "stored" if new else "known"}, 202)

    return router


@contextmanager
def _repeatable(instance: str) -> Iterator[None]:
    """Answer an unexpected error with 429, which the sender retries; it would drop the callback after a 500."""
    try:
        yield
    except Problem:
        raise
    except Exception as error:
        log.error("a callback failed", instance=instance, **described(error))
        raise Problem("too_many_requests", "the callback cannot be stored now") from error


async def _proven(connection: PsaConnection, raw: bytes, headers: Mapping[str, str]) -> PsaCallback:
    try:
        async with asyncio.timeout(PATIENCE):
            found = await connection.psa.callback(headers, raw)
    except (VendorUnavailable, VendorRateLimited, TimeoutError) as away:
        log.warning("signing key cannot be fetched", instance=connection.config.id, error=type(away).__name__)
        raise Problem("too_many_requests", "the signing key cannot be fetched now") from away
    if isinstance(found, CallbackRefused):
        raise _problem(found)
    if found.type not in TYPES:
        remedy = f"Subscribe only to {', '.join(sorted(TYPES))}; remove this subscription."
        raise invalid_field("Type", "records of this type are not read here", remedy)
    return found


def _problem(refused: CallbackRefused) -> Problem:
    if refused.reason == "unsigned":
        return Problem("signature_missing")
    if refused.reason == "malformed":
        return invalid_field(refused.field, "not a valid callback of this PSA", f"Send {refused.remedy}.")
    return Problem("signature_wrong", refused.detail, remedy=refused.remedy or None)


def _incoming(instance: str, found: PsaCallback, raw: bytes) -> IncomingCallback:
    key, member = _key(found.dedup_key), _member(found.member)
    return IncomingCallback(instance, key, found.type, found.record, found.action, member, raw, traceparent())


def _key(given: str) -> str:
    """The vendor's message id, or its hash if a column cannot hold it."""
    if len(given) <= LONGEST_KEY and given.isprintable():
        return given
    return f"sha256:{hashlib.sha256(given.encode()).hexdigest()}"


def _member(given: str) -> str:
    return given.replace("\0", "")[:100]


async def _stored(incoming: IncomingCallback, event_log: EventLog, backlog: Backlog) -> bool:
    def work() -> bool:
        if backlog.full():
            raise Problem("too_many_requests", "too many callbacks are unread", headers={"Retry-After": "10"})
        return event_log.store.execute(lambda cursor: store_callback(cursor, incoming))

    try:
        async with asyncio.timeout(PATIENCE):
            return await asyncio.to_thread(work)
    except (LogError, TimeoutError) as away:
        log.warning("a callback cannot be stored", instance=incoming.instance, error=type(away).__name__)
        raise Problem("too_many_requests", "the database does not answer", headers={"Retry-After": "5"}) from away
