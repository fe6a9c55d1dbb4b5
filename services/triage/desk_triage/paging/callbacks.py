"""`POST /paging/{instance}/callbacks`: an authentic callback makes the look-up of open pages due at once.

Nothing of the callback is stored: it is a hint, and the look-up is made without it a little later.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from desk.contract.bounds import Filter
from desk.eventstore.event_log import EventLog
from desk.http.app.responses import json_response
from desk.http.problems.problem import Problem, invalid_field
from desk.outbox.ledger import wake_kind
from desk_integrations.kinds.paging import PageUpdate, Paging
from desk_integrations.outcomes import WebhookRefused
from desk_triage.paging.planning import KIND, call_name


def callback_route(ports: Mapping[str, Paging], event_log: EventLog) -> APIRouter:
    """The public route: the vendor is authenticated by signature, not by a token."""
    router = APIRouter(tags=[KIND])

    @router.post(
        f"/{KIND}/{{instance}}/callbacks",
        summary="Receive a signed callback of the paging vendor",
        response_model=None,
    )
    async def callback(instance: Filter, request: Request) -> Response:
        if instance not in ports:
            raise Problem("unknown_vendor_instance", f"no paging instance {instance[:60]!r} is configured here")
        found = ports[instance].update_of(dict(request.headers), await request.body())
        if isinstance(found, WebhookRefused):
            raise _problem(found)
        due = isinstance(found, PageUpdate)
        if due:
            await asyncio.to_thread(
                event_log.store.execute, lambda cursor: wake_kind(cursor, call_name(instance, "follow"))
            )
        return json_response({"lookup": "due" if due else "none"}, 202)

    return router


def _problem(refused: WebhookRefused) -> Problem:
    if refused.reason == "unauthenticated":
        return Problem("signature_wrong")
    if refused.reason == "too-long":
        return Problem("body_too_large")
    return invalid_field("event", "not a valid callback of this vendor", "Send the body as the vendor sends it.")
