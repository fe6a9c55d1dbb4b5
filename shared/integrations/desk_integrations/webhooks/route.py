"""`POST /{kind}/{instance}/callbacks`: verify, store, commit, answer. No decision is made and no bus is involved.

A refusal that the sender should retry is 429, the only suitable status that ConnectWise retries; 404, 409 and 419 are
never used if a retry is useless. The query string is not signed and is ignored.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

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
from desk_integrations.receipts.rows import IncomingCallback, ReceiptRows
from desk_integrations.vendor_errors import VendorRateLimited, VendorUnavailable
from desk_integrations.webhooks.callbacks import CallbackRefused, VendorCallback

MOST_UNREAD = 20_000
COUNT_EVERY = 0.5
LONGEST_KEY = 200
PATIENCE = 4.0
"""Seconds within which the sender is answered; the least patient vendor gives up after 5."""
Verify = Callable[[Mapping[str, str], bytes], Awaitable[VendorCallback | CallbackRefused]]
"""Checks a callback by its headers and its body as it was sent."""
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackEndpoint:
    """The public address of one kind of vendor. `kind` is the first part of the path, `label` the vendor in texts.

    `instances` verify their callbacks, by id. `types` are the records that are read here. `unknown` is the code of the
    refusal of an instance that is not configured.
    """

    kind: str
    label: str
    instances: Mapping[str, Verify]
    types: frozenset[str]
    unknown: str = "unknown_vendor_instance"


class Backlog:
    """Limits the number of unread receipts. Queries the store at most twice a second."""

    def __init__(self, event_log: EventLog, rows: ReceiptRows, most: int) -> None:
        self._log, self._rows, self._most = event_log, rows, most
        self._at, self._full = float("-inf"), False

    def full(self) -> bool:
        """Whether no more callbacks may be stored. Blocks for one query if the last answer is old."""
        now = time.monotonic()
        if now - self._at >= COUNT_EVERY:
            self._at = now
            unread = self._log.store.execute(lambda cursor: self._rows.unread(cursor, self._most))
            self._full = unread >= self._most
        return self._full


def callback_address(base: str, kind: str, instance: str) -> str:
    """The address of the route that takes an instance's callbacks, below the public address of the service."""
    return f"{base.rstrip('/')}/{kind}/{instance}/callbacks"


def callback_routes(
    endpoint: CallbackEndpoint, rows: ReceiptRows, event_log: EventLog, wake: asyncio.Event, most: int = MOST_UNREAD
) -> APIRouter:
    """The public route of one kind: callers are authenticated by signature, not by a token. `wake` is set for the
    worker that reads the receipts.
    """
    router = APIRouter(tags=[endpoint.kind])
    inlet = _Inlet(endpoint, rows, event_log, Backlog(event_log, rows, most))

    @router.post(
        f"/{endpoint.kind}/{{instance}}/callbacks",
        summary=f"Receive a signed callback of the {endpoint.label}",
        response_model=None,
    )
    async def callback(instance: Filter, request: Request) -> Response:
        if instance not in endpoint.instances:
            raise Problem(endpoint.unknown, f"no {endpoint.label} instance {instance[:60]!r} is configured here")
        raw = await request.body()
        with _repeatable(instance):
            found = await inlet.proven(instance, raw, request.headers)
            fault_point("receipt in")
            new = await inlet.stored(_incoming(instance, found, raw))
            fault_point("receipt committed")
        wake.set()
        return json_response({"receipt": "stored" if new else "known"}, 202)

    return router


class _Inlet:
    """Proves a callback, and stores it."""

    def __init__(self, endpoint: CallbackEndpoint, rows: ReceiptRows, event_log: EventLog, backlog: Backlog) -> None:
        self._endpoint, self._rows, self._log, self._backlog = endpoint, rows, event_log, backlog

    async def proven(self, instance: str, raw: bytes, headers: Mapping[str, str]) -> VendorCallback:
        try:
            async with asyncio.timeout(PATIENCE):
                found = await self._endpoint.instances[instance](headers, raw)
        except (VendorUnavailable, VendorRateLimited, TimeoutError) as away:
            log.warning("signing key cannot be fetched", instance=instance, error=type(away).__name__)
            raise Problem("too_many_requests", "the signing key cannot be fetched now") from away
        if isinstance(found, CallbackRefused):
            raise self._problem(found)
        if found.type not in self._endpoint.types:
            remedy = f"Subscribe only to {', '.join(sorted(self._endpoint.types))}; remove this subscription."
            raise invalid_field("Type", "records of this type are not read here", remedy)
        return found

    async def stored(self, incoming: IncomingCallback) -> bool:
        """Whether the callback is new, after its receipt is committed."""

        def work() -> bool:
            if self._backlog.full():
                raise Problem("too_many_requests", "too many callbacks are unread", headers={"Retry-After": "10"})
            return self._log.store.execute(lambda cursor: self._rows.store(cursor, incoming))

        try:
            async with asyncio.timeout(PATIENCE):
                return await asyncio.to_thread(work)
        except (LogError, TimeoutError) as away:
            log.warning("a callback cannot be stored", instance=incoming.instance, error=type(away).__name__)
            raise Problem("too_many_requests", "the database does not answer", headers={"Retry-After": "5"}) from away

    def _problem(self, refused: CallbackRefused) -> Problem:
        if refused.reason == "unsigned":
            return Problem("signature_missing", remedy=refused.remedy or None)
        if refused.reason == "malformed":
            problem = f"not a valid callback of this {self._endpoint.label}"
            return invalid_field(refused.field, problem, f"Send {refused.remedy}.")
        return Problem("signature_wrong", refused.detail, remedy=refused.remedy or None)


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


def _incoming(instance: str, found: VendorCallback, raw: bytes) -> IncomingCallback:
    key, member = _key(found.dedup_key), _member(found.member)
    return IncomingCallback(instance, key, found.type, found.record, found.action, member, raw, traceparent())


def _key(given: str) -> str:
    """The vendor's message id, or its hash if a column cannot hold it."""
    if len(given) <= LONGEST_KEY and given.isprintable():
        return given
    return f"sha256:{hashlib.sha256(given.encode()).hexdigest()}"


def _member(given: str) -> str:
    return given.replace("\0", "")[:100]
