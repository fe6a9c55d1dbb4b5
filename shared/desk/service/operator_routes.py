"""Operators' routes of every service: status, parked facts, outbound calls, rebuilding views."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, TypeVar
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Path, Query
from msgspec import UNSET, UnsetType
from pydantic import Field
from starlette.responses import Response

from desk.contract.bounds import LARGEST_LITERAL, PLAIN, Filter
from desk.decision.command import Body
from desk.decision.principal import Principal, Role
from desk.decision.refusal import Refusal
from desk.eventstore.errors import CallError, ParkingError, UnknownCall
from desk.http.admin import operation_responses as r
from desk.http.admin import status_responses as s
from desk.http.app.responses import json_response
from desk.http.app.schemas import document
from desk.http.auth.access import require
from desk.http.problems.problem import Problem, invalid_field
from desk.inbox.parked_rows import Parked
from desk.outbox.admin import OutboundCallAdmin
from desk.outbox.call_kind_names import may_stop, stoppable
from desk.outbox.call_queries import STATES, Listed
from desk.service.key_watch import KeyWatch
from desk.service.service import Service

Operator = Annotated[Principal, Depends(require(Role.ADMIN, all_clients=True))]
Watcher = Annotated[Principal, Depends(require(Role.ADMIN, Role.AUDITOR, Role.SERVICE, all_clients=True))]
Beginning = Annotated[str, Query(max_length=36, description="Only calls whose ids start with this")]
Number = Annotated[int, Path(ge=0, le=LARGEST_LITERAL, description="Number in the list of parked facts")]
T = TypeVar("T")
ANSWERS = {
    "GET /status": s.ServiceStatus,
    "GET /parked": r.ParkedFacts,
    "GET /parked/{number}": r.ParkedFactWithBytes,
    "POST /parked/{number}/retry": r.ParkedRetried,
    "POST /parked/{number}/skip": r.ParkedSkipped,
    "GET /effects": r.OutboundCalls,
    "GET /effects/{effect}": r.OutboundCall,
    "POST /effects/{effect}/retry": r.OutboundCall,
    "POST /effect-stops": r.CallStops,
    "POST /effect-starts": r.CallStops,
    "POST /views/{name}/rebuild": s.ViewRebuilt,
}
"""Route -> the answer that it writes and the command line reads."""


class Reason(Body):
    reason: str = Field(min_length=1, max_length=500)


class Switch(Body):
    kind: str = Field("", max_length=100, pattern=PLAIN, description="Kind, or its beginning up to a slash; empty: all")
    client: str = Field("", max_length=100, pattern=PLAIN, description="Client; empty: all")


def operation_routes(service: Service, keys: KeyWatch) -> APIRouter:
    """The operators' routes."""
    router = APIRouter(tags=["operations"])

    @router.get("/status", summary="Get the status of the service", response_model=None)
    async def status(watcher: Watcher) -> Response:
        return json_response(await status_of(service, s.KeyCounts(**keys.audit.report._asdict())))

    _parking(router, service)
    _effects(router, service)

    @router.post("/views/{name}/rebuild", summary="Rebuild a read model from all facts", response_model=None)
    async def rebuild(operator: Operator, name: Filter) -> Response:
        names = [view.name for view in service.log.store.views]
        if name not in names:
            raise invalid_field("name", f"no view {name!r}", f"Use one of {', '.join(names)}.", "path")
        return json_response(s.ViewRebuilt(name, await service.rebuild(name)))

    document(router, ANSWERS)
    return router


async def status_of(service: Service, keys: s.KeyCounts) -> s.ServiceStatus:
    """The service's status."""
    now = await service.status()
    effects: dict[str, dict[str, int]] = {}
    for (kind, state), number in sorted(now.effects.items()):
        effects.setdefault(kind, {})[state] = number
    heads = await asyncio.to_thread(service.parking.heads)
    states = service.write_back()
    details = {name: await asyncio.to_thread(read) for name, read in service.details.items()}
    return s.ServiceStatus(
        service=now.owner,
        own=now.own,
        replicated=now.replicated,
        lag=dict(now.lag),
        parked=now.parked,
        oldest_parked=min((head.parked for head in heads), default=None),
        effects=effects,
        last=now.last,
        unread=now.unread,
        dropped=now.dropped,
        drained=now.drained,
        open_calls=now.open_calls,
        quiescent=now.quiescent,
        stops=(await _stops(service.effects)).stops,
        write_back=[s.WriteBack(**state._asdict()) for state in states] or UNSET,
        policies_refused=_detail(details, "policies_refused", list[s.PolicyRefused]),
        psa=_detail(details, "psa", list[s.InstanceFeeds]),
        integrations=_detail(details, "integrations", list[s.InstanceState]),
        keys=keys,
    )


def _detail(details: Mapping[str, object], name: str, shape: type[T]) -> T | UnsetType:
    return msgspec.convert(details[name], shape) if name in details else UNSET


def _parking(router: APIRouter, service: Service) -> None:
    parking = service.parking

    @router.get("/parked", summary="List parked facts, oldest first", response_model=None)
    async def listed(watcher: Watcher) -> Response:
        return json_response(r.ParkedFacts([_parked(row) for row in await asyncio.to_thread(parking.listed)]))

    @router.get("/parked/{number}", summary="Get a parked fact with its bytes", response_model=None)
    async def show(watcher: Watcher, number: Number) -> Response:
        row = await _execute(lambda: parking.show(number))
        value = row.record.value
        text = value.decode(errors="backslashreplace") if value else None
        return json_response(r.ParkedFactWithBytes(**msgspec.structs.asdict(_parked(row)), value=text))

    @router.post("/parked/{number}/retry", summary="Retry the parked facts of its aggregate", response_model=None)
    async def retry(operator: Operator, number: Number) -> Response:
        row = await _execute(lambda: parking.show(number))
        result = await _execute(lambda: parking.retry(row.aggregate))
        return json_response(r.ParkedRetried(result.applied.total(), result.taken, result.parked))

    @router.post("/parked/{number}/skip", summary="Skip a parked fact for ever", response_model=None)
    async def skip(operator: Operator, number: Number, body: Reason) -> Response:
        tombstone = await _execute(lambda: parking.skip(number, f"{operator.subject}: {body.reason}", operator.subject))
        return json_response(r.ParkedSkipped(tombstone))


def _effects(router: APIRouter, service: Service) -> None:
    effects, kinds = service.effects, [kind.name for kind in service.spec.kinds]

    @router.get("/effects", summary="List outbound calls", response_model=None)
    async def listed(watcher: Watcher, state: Filter | None = None, beginning: Beginning = "") -> Response:
        if state is not None and state not in STATES:
            raise invalid_field("state", "no such state", f"Use one of {', '.join(STATES)}.", "query")
        rows = await asyncio.to_thread(effects.listed, state, beginning=beginning.lower())
        return json_response(r.OutboundCalls([_effect(row) for row in rows], (await _stops(effects)).stops))

    @router.get("/effects/{effect}", summary="Get an outbound call", response_model=None)
    async def show(watcher: Watcher, effect: UUID) -> Response:
        return json_response(_effect(await _execute(lambda: effects.show(effect))))

    @router.post("/effects/{effect}/retry", summary="Retry an outbound call", response_model=None)
    async def retry(operator: Operator, effect: UUID) -> Response:
        await _execute(lambda: effects.retry(effect))
        return json_response(_effect(await _execute(lambda: effects.show(effect))))

    @router.post("/effect-stops", summary="Stop the calls of a kind or client", response_model=None)
    async def stop(operator: Operator, body: Switch) -> Response:
        _ensure_kind(body.kind, kinds)
        await asyncio.to_thread(effects.stop, body.kind, body.client)
        return json_response(await _stops(effects))

    @router.post("/effect-starts", summary="Lift a stop of calls", response_model=None)
    async def start(operator: Operator, body: Switch) -> Response:
        _ensure_kind(body.kind, [*kinds, *(stop.kind for stop in await asyncio.to_thread(effects.stops))])
        await asyncio.to_thread(effects.start, body.kind, body.client)
        return json_response(await _stops(effects))


def _ensure_kind(kind: str, kinds: Sequence[str]) -> None:
    if kind and not may_stop(kind, kinds):
        raise invalid_field("kind", "no such kind of call", f"Use one of {', '.join(stoppable(kinds))}, or none.")


async def _execute(work: Callable[[], T]) -> T:
    """Run blocking work; convert errors of parking and ledger to problems and refusals."""
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
