"""Operators' routes for keys of sealed texts: list missing keys, accept their loss."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import Field
from starlette.responses import Response

from desk.decision.command import Body
from desk.decision.principal import Principal, Role
from desk.http.admin import status_responses as s
from desk.http.app.responses import json_response
from desk.http.app.schemas import document
from desk.http.auth.access import require
from desk.http.problems.problem import invalid_field
from desk.keyring.text_keys import TextKey
from desk.service.key_watch import KeyWatch

Operator = Annotated[Principal, Depends(require(Role.ADMIN, all_clients=True))]
Watcher = Annotated[Principal, Depends(require(Role.ADMIN, Role.AUDITOR, Role.SERVICE, all_clients=True))]
REMEDY = "Name keys that GET /keys lists as missing."


class Loss(Body):
    """Keys whose loss is accepted. Their texts are never readable again; their subjects get new keys."""

    keys: list[Annotated[str, Field(min_length=1, max_length=200)]] = Field(
        min_length=1, max_length=1000, description="Ids of missing keys"
    )


def key_routes(watch: KeyWatch) -> APIRouter:
    """The routes for keys."""
    router = APIRouter(tags=["operations"])

    @router.get("/keys", summary="List the keys that the key ring lacks", response_model=None)
    async def keys(watcher: Watcher) -> Response:
        report = await watch.turn()
        found = await asyncio.to_thread(watch.audit.missing)
        return json_response(s.MissingKeys(**report._asdict(), items=[_item(key) for key in found]))

    @router.post("/keys/accept-loss", summary="Accept the loss of missing keys", response_model=None)
    async def accept_loss(operator: Operator, body: Loss) -> Response:
        await watch.turn()
        found = {key.key: key for key in await asyncio.to_thread(watch.audit.missing) if key.abandoned is None}
        unknown = sorted(set(body.keys) - set(found))
        if unknown:
            raise invalid_field("keys", f"not missing: {', '.join(unknown[:5])}", REMEDY)
        await watch.abandon([found[key] for key in dict.fromkeys(body.keys)], f"person:{operator.subject}")
        return json_response(s.LossAccepted(len(set(body.keys))))

    document(router, {"GET /keys": s.MissingKeys, "POST /keys/accept-loss": s.LossAccepted})
    return router


def _item(key: TextKey) -> s.UnreadKey:
    return s.UnreadKey(
        key=key.key,
        subject=key.subject,
        state="missing" if key.abandoned is None else "abandoned",
        aggregate=key.aggregate,
        facts=key.facts,
        since=key.missing,
    )
