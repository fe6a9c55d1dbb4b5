"""Operators' routes of every service: how it stands, what is parked, which calls wait, rebuilding a view."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Annotated, Any, TypeVar
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Path, Query
from pydantic import Field
from starlette.responses import Response

from desk.contract.bounds import LARGEST_LITERAL, PLAIN, Filter
from desk.decision.command import Body
from desk.decision.principal import Principal, Role
from desk.decision.refusal import Refusal
from desk.eventstore.errors import CallError, ParkingError, UnknownCall
from desk.http.admin import operation_responses as r
from desk.http.app.responses import json_response
from desk.http.auth.access import require
from desk.http.problems.problem import Problem, invalid_field
from desk.inbox.parked_rows import Parked
from desk.outbox.admin import OutboundCallAdmin
from desk.outbox.call_kinds import EFFECT_KINDS
from desk.outbox.lists import STATES, Listed
from desk.service.key_watch import KeyWatch
from desk.service.service import Service

Operator = Annotated[Principal, Depends(require(Role.ADMIN, whole=True))]
Watcher = Annotated[Principal, Depends(require(Role.ADMIN, Role.AUDITOR, Role.SERVICE, whole=True))]
Beginning = Annotated[str, Query(max_length=36, description="Only calls whose ids begin so")]
Number = Annotated[int, Path(ge=0, le=LARGEST_LITERAL, description="Number in the list of parked facts")]
T = TypeVar("T")


class Reason(Body):
    reason: str = Field(min_length=1, max_length=500)


class Switch(Body):
    kind: str = Field("", max_length=100, pattern=PLAIN, description="Which calls; empty: all")
    client: str = Field("", max_length=100, pattern=PLAIN, description="Whose; empty: everybody's")


def operation_routes(service: Service, keys: KeyWatch) -> APIRouter:
    """The routes that every service has for its operators."""
    router = APIRouter(tags=["operations"])

    @router.get("/status", summary="How the service stands", response_model=None)
    async def status(watcher: Watcher) -> Response:
        return json_response({**await status_body(service), "keys": keys.audit.report._asdict()})

    _parking(router, service)
    _effects(router, service)

    @router.post("/views/{name}/rebuild", summary="Fill a read model again from all facts", response_model=None)
    async def rebuild(operator: Operator, name: Filter) -> Response:
        known = [view.name for view in service.log.store.views]
        if name not in known:
            raise invalid_field("name", f"no view {name!r}", f"Use one of {', '.join(known)}.", "path")
        return json_response({"view": name, "facts": await service.rebuild(name)})

    return router


async def status_body(service: Service) -> dict[str, Any]:
    """The service's status as people and the command line read it."""
    now = await service.status()
    effects: dict[str, dict[str, int]] = {}
    for (kind, state), number in sorted(now.effects.items()):
        effects.setdefault(kind, {})[state] = number
    heads = await asyncio.to_thread(service.parking.heads)
    states = service.write_back()
    details = {name: await asyncio.to_thread(read) for name, read in service.details.items()}
    return {
        "service": now.owner,
        "own": now.own,
        "heard": now.replicated,
        "lag": dict(now.lag),
        "parked": now.parked,
        "oldest_parked": min((head.parked for head in heads), default=None),
        "effects": effects,
        "last": now.last,
        "unread": now.unread,
        "dropped": now.dropped,
        "drained": now.drained,
        "open_calls": now.open_calls,
        "at_rest": now.quiescent,
        "stops": [stop._asdict() for stop in await asyncio.to_thread(service.effects.stops)],
        **({"write_back": [state._asdict() for state in states]} if states else {}),
        **details,
    }


def _parking(router: APIRouter, service: Service) -> None:
    parking = service.parking

    @router.get("/parked", summary="Facts that wait, oldest first", response_model=None)
    async def listed(watcher: Watcher) -> Response:
        return json_response(r.ParkedFacts([_parked(row) for row in await asyncio.to_thread(parking.listed)]))

    @router.get("/parked/{number}", summary="One parked fact with its bytes", response_model=None)
    async def show(watcher: Watcher, number: Number) -> Response:
        row = await _asked(lambda: parking.show(number))
        value = row.record.value
        text = value.decode(errors="backslashreplace") if value else None
        return json_response(r.ParkedFactWithBytes(**msgspec.structs.asdict(_parked(row)), value=text))

    @router.post("/parked/{number}/retry", summary="Take its aggregate up again", response_model=None)
    async def retry(operator: Operator, number: Number) -> Response:
        row = await _asked(lambda: parking.show(number))
        tally = await _asked(lambda: parking.retry(row.aggregate))
        return json_response(r.ParkedRetried(tally.applied.total(), tally.taken, tally.parked))

    @router.post("/parked/{number}/skip", summary="Leave it out for ever", response_model=None)
    async def skip(operator: Operator, number: Number, body: Reason) -> Response:
        tombstone = await _asked(lambda: parking.skip(number, f"{operator.subject}: {body.reason}", operator.subject))
        return json_response(r.ParkedSkipped(tombstone))


def _effects(router: APIRouter, service: Service) -> None:
    effects = service.effects

    @router.get("/effects", summary="Calls to the outside", response_model=None)
    async def listed(watcher: Watcher, state: Filter | None = None, beginning: Beginning = "") -> Response:
        if state is not None and state not in STATES:
            raise invalid_field("state", "no such state", f"Use one of {', '.join(STATES)}.", "query")
        rows = await asyncio.to_thread(effects.listed, state, beginning=beginning.lower())
        return json_response(r.OutboundCalls([_effect(row) for row in rows], (await _stops(effects)).stops))

    @router.get("/effects/{effect}", summary="One call", response_model=None)
    async def show(watcher: Watcher, effect: UUID) -> Response:
        return json_response(_effect(await _asked(lambda: effects.show(effect))))

    @router.post("/effects/{effect}/retry", summary="Let it go out again", response_model=None)
    async def retry(operator: Operator, effect: UUID) -> Response:
        await _asked(lambda: effects.retry(effect))
        return json_response(_effect(await _asked(lambda: effects.show(effect))))

    @router.post("/effect-stops", summary="Let no call of a kind or client go out", response_model=None)
    async def stop(operator: Operator, body: Switch) -> Response:
        kinds = sorted({*EFFECT_KINDS, *(kind.name for kind in service.spec.kinds)})
        if body.kind and body.kind not in kinds:
            raise invalid_field("kind", "no such kind of call", f"Use one of {', '.join(kinds)}, or none for all.")
        await asyncio.to_thread(effects.stop, body.kind, body.client)
        return json_response(await _stops(effects))

    @router.post("/effect-starts", summary="Take exactly that stop back", response_model=None)
    async def start(operator: Operator, body: Switch) -> Response:
        await asyncio.to_thread(effects.start, body.kind, body.client)
        return json_response(await _stops(effects))


async def _asked(work: Callable[[], T]) -> T:
    """Run blocking work; what parking or the ledger cannot do becomes a refusal that says why."""
    try:
        return await asyncio.to_thread(work)
    except UnknownCall as error:
        raise Problem("unknown_effect", str(error)) from error
    except CallError as error:
        raise Problem("effect_not_open", str(error)) from error
    except ParkingError as error:
        raise Refusal("order_would_break", str(error)) from error


async def _stops(effects: OutboundCallAdmin) -> r.CallStops:
    return r.CallStops([r.CallStop(*stop) for stop in await asyncio.to_thread(effects.stops)])


def _parked(row: Parked) -> r.ParkedFact:
    record, key = row.record, row.record.key
    fields = {name: value for name, value in row._asdict().items() if name != "record"}
    text = key.decode(errors="backslashreplace") if isinstance(key, bytes) else key
    return r.ParkedFact(**fields, number=row.id, topic=record.topic, key=text)


def _effect(row: Listed) -> r.OutboundCall:
    given = {**row.planned._asdict(), **row._asdict()}
    return r.OutboundCall(**{name: given[name] for name in r.OutboundCall.__struct_fields__})
