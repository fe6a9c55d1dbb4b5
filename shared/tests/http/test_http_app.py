"""One service's application: health, metrics, OpenAPI, traces, and several services behind one port."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Annotated

import httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from pydantic import BaseModel

from desk.decision.principal import Principal, Role
from desk.http.app import serving as server
from desk.http.app.application import build_app
from desk.http.app.health import Checks
from desk.http.app.responses import JsonResponse, json_response
from desk.http.app.schemas import returns
from desk.http.app.serving import PortTaken, listen, one_port, serving
from desk.http.auth.access import require
from desk.http.commands.command_route import CommandAnswer
from desk.supervision.watchdog import ReadWatchdog
from desk.telemetry import traceparent
from desk.testing.clock import FakeClock
from desk.testing.http import Bench


class Assess(BaseModel):
    impact: str


def router() -> APIRouter:
    router = APIRouter(prefix="/tickets")

    @router.post("/{ticket}/assess-priority", summary="Assess <priority>")
    async def assess(ticket: str, body: Assess, _: Annotated[Principal, Depends(require(Role.TIER1))]) -> str:
        return traceparent()

    @router.post(
        "/{ticket}/take", responses=returns(CommandAnswer, example=CommandAnswer(subject="t", facts=(), seen={}))
    )
    async def take(ticket: str) -> JsonResponse:
        return json_response(CommandAnswer(subject=ticket, facts=(), seen={"triage": 1}))

    @router.get("/{ticket}/facts", include_in_schema=False)
    async def facts(ticket: str) -> str:
        return ticket

    return router


async def get(bench: Bench, path: str) -> httpx.Response:
    async with bench.client() as client:
        return await client.get(path)


async def test_openapi_has_roles_and_problems_and_no_internal_route() -> None:
    schema = (await get(Bench([router()]), "/openapi.json")).json()
    assert list(schema["paths"]) == ["/tickets/{ticket}/assess-priority", "/tickets/{ticket}/take"]
    operation = schema["paths"]["/tickets/{ticket}/assess-priority"]["post"]
    assert operation["x-roles"] == ["tier1"]
    assert set(operation["responses"]) == {"200", "401", "403", "404", "409", "422", "503"}
    assert list(operation["responses"]["422"]["content"]) == ["application/problem+json"]
    assert "remedy" in schema["components"]["schemas"]["Problem"]["required"]
    assert "HTTPValidationError" not in schema["components"]["schemas"]


async def test_openapi_describes_answers_made_of_structs_with_their_example() -> None:
    schema = (await get(Bench([router()]), "/openapi.json")).json()
    content = schema["paths"]["/tickets/{ticket}/take"]["post"]["responses"]["200"]["content"]["application/json"]
    assert content["schema"] == {"$ref": "#/components/schemas/CommandAnswer"}
    assert content["example"] == {"subject": "t", "facts": [], "seen": {}}
    assert {"CommandAnswer", "FactRecorded"} <= set(schema["components"]["schemas"])


async def test_the_page_for_people_names_routes_roles_and_fields_and_escapes_texts() -> None:
    answer = await get(Bench([router()]), "/api")
    assert answer.headers["content-type"].startswith("text/html")
    for part in ("POST /tickets/{ticket}/assess-priority", "Roles: tier1", "<td>impact", "Assess &lt;priority&gt;"):
        assert part in answer.text
    assert "<script" not in answer.text and "/facts" not in answer.text
    style = await get(Bench([router()]), "/api.css")
    assert style.headers["content-type"].startswith("text/css") and "url(" not in style.text


async def test_metrics_name_the_route_by_its_template_never_by_its_ids() -> None:
    bench = Bench([router()])
    async with bench.client(Role.TIER1) as client:
        await client.post("/tickets/secret-id/assess-priority", json={"impact": "high"})
        await client.get("/elsewhere/secret-id")
        text = (await client.get("/metrics")).text
    assert 'method="POST",route="/tickets/{ticket}/assess-priority",status="200"} 1.0' in text
    assert 'route="unmatched",status="404"} 1.0' in text
    assert "secret-id" not in text


async def test_a_request_continues_the_callers_trace() -> None:
    exporter = InMemorySpanExporter()
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    async with Bench([router()], exporter=exporter).client(Role.TIER1) as client:
        answer = await client.post(
            "/tickets/t-1/assess-priority", json={"impact": "high"}, headers={"traceparent": parent}
        )
    assert answer.json().split("-")[1] == parent.split("-")[1]
    (span,) = exporter.get_finished_spans()
    assert span.name == "POST /tickets/{ticket}/assess-priority"
    assert "t-1" not in span.to_json()


async def fine() -> str | None:
    return None


async def away() -> str | None:
    return "database away"


async def broken() -> str | None:
    raise OSError("secret")


async def endless() -> str | None:
    await asyncio.sleep(60)
    return None


async def test_ready_is_not_alive_and_each_says_what_is_wrong() -> None:
    bench = Bench([], health=Checks(live={"inbox": fine}, ready={"store": away, "bus": broken}))
    live, ready = await get(bench, "/health/live"), await get(bench, "/health/ready")
    assert (live.status_code, live.json()) == (200, {"ok": True, "checks": {"inbox": "ok"}})
    assert ready.status_code == 503
    assert ready.json()["checks"] == {"store": "database away", "bus": "failed (OSError)"}


async def test_a_check_that_does_not_answer_is_not_ok(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("desk.http.app.health.PATIENCE", 0.05)
    report = await Checks(live={"loop": endless}).live()
    assert report == (False, {"loop": "no answer within 0.05 s"})


async def test_a_reader_is_stuck_only_when_there_is_more_and_it_does_not_move() -> None:
    clock = FakeClock()
    progress = ReadWatchdog(timedelta(seconds=60), clock)
    progress.observe(10, 10)
    clock.advance(minutes=10)
    progress.observe(10, 10)
    assert await progress.check() is None
    clock.advance(seconds=61)
    progress.observe(10, 20)
    assert await progress.check() == "no progress for 61 s"
    progress.observe(11, 20)
    assert await progress.check() is None


def with_lifespan(log: list[str], name: str) -> FastAPI:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        log.append(f"{name} up")
        yield
        log.append(f"{name} down")

    return build_app(Bench([], service=name).http_context, [router()], Checks(), lifespan=lifespan)


async def test_services_behind_one_port_keep_their_lifespans_and_prefixes() -> None:
    log: list[str] = []
    top = one_port({name: with_lifespan(log, name) for name in ("intake", "triage")})
    listener = listen("127.0.0.1", 0)
    async with serving(top, listener) as url, httpx.AsyncClient(base_url=url) as client:
        assert log == ["intake up", "triage up"]
        index = (await client.get("/")).json()
        assert index == {"intake": f"{url}/intake/api", "triage": f"{url}/triage/api"}
        assert b'service="intake"' in (await client.get("/intake/metrics")).content
        page = (await client.get("/triage/api")).text
        assert "POST /triage/tickets/{ticket}/assess-priority" in page
        missing = await client.get("/sales/x")
        assert (missing.status_code, missing.json()["remedy"]) == (404, "The services are at /intake, /triage.")
        assert "server" not in missing.headers
    assert log[2:] == ["triage down", "intake down"]


async def test_an_open_request_is_answered_before_the_server_stops() -> None:
    started = asyncio.Event()
    slow = APIRouter()

    @slow.get("/slow")
    async def wait() -> str:
        started.set()
        await asyncio.sleep(0.2)
        return "done"

    async with httpx.AsyncClient() as client:
        async with serving(Bench([slow]).app, listen("127.0.0.1", 0)) as url:
            request = asyncio.create_task(client.get(f"{url}/slow"))
            await started.wait()
        assert (await request).json() == "done"


async def test_an_idle_connection_outlasts_the_pools_of_clients(monkeypatch: pytest.MonkeyPatch) -> None:
    expiry = httpx.Limits().keepalive_expiry
    assert expiry is not None and max(expiry, 60) < server.KEEP_ALIVE, "load balancers drop theirs after 60 s"
    monkeypatch.setattr(server, "KEEP_ALIVE", 1)
    async with serving(Bench([]).app, listen("127.0.0.1", 0)) as url:
        reader, writer = await asyncio.open_connection("127.0.0.1", httpx.URL(url).port)
        writer.write(b"GET /health/live HTTP/1.1\r\nHost: desk\r\n\r\n")
        async with asyncio.timeout(10):
            assert (await reader.read()).startswith(b"HTTP/1.1 200"), "read to the end: the server closed it"
        writer.close()


async def test_an_application_that_fails_at_start_fails_the_server() -> None:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        if app.title:
            raise ValueError("no database")
        yield

    app = build_app(Bench([]).http_context, [], Checks(), lifespan=lifespan)
    with pytest.raises(ValueError, match="no database"):
        async with serving(app, listen("127.0.0.1", 0)):
            raise AssertionError("served")


def test_a_taken_port_says_so_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortTaken, match=rf"cannot listen on 127.0.0.1:{port} .*choose another with --port"):
            listen("127.0.0.1", port)


def test_two_faces_share_no_metrics() -> None:
    first, second = Bench([], service="intake"), Bench([], service="docs")
    assert first.metrics.registry is not second.metrics.registry
