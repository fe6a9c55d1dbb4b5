"""Nothing that is too large, too deep or too slow reaches a parser, and every answer carries the security headers."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi import APIRouter
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.responses import StreamingResponse

from desk.http.app.limits import BodyLimit, too_deep
from desk.testing.http import Bench

LIMIT = 1_000


def routers() -> list[APIRouter]:
    router = APIRouter()

    @router.post("/size")
    async def size(request: Request) -> int:
        return len(await request.body())

    @router.get("/slow")
    async def slow() -> None:
        await asyncio.sleep(5)

    @router.get("/export")
    async def export() -> StreamingResponse:
        async def rows() -> AsyncIterator[bytes]:
            for _ in range(3):
                yield b"row\n"
                await asyncio.sleep(0.1)

        return StreamingResponse(rows())

    return [router]


def bench(**settings: float) -> Bench:
    return Bench(routers(), settings={"body_limit": LIMIT, "depth_limit": 8, **settings})


async def test_a_body_up_to_the_limit_passes_whole() -> None:
    async with bench().client() as client:
        assert (await client.post("/size", content=b"x" * LIMIT)).json() == LIMIT


async def test_a_body_declared_or_streamed_beyond_the_limit_is_refused() -> None:
    async def parts() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b"x" * 100

    async with bench().client() as client:
        for content in (b"x" * (LIMIT + 1), parts()):
            answer = await client.post("/size", content=content)
            assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


@pytest.mark.parametrize(("declared", "expected"), [([], 2), ([(b"content-length", b"1001")], 0)])
async def test_an_oversized_body_is_not_read_to_its_end(declared: list[Any], expected: int) -> None:
    reads = 0

    async def receive() -> dict[str, Any]:
        nonlocal reads
        reads += 1
        return {"type": "http.request", "body": b"x" * 600, "more_body": True}

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def app(*_: Any) -> None:
        raise AssertionError("reached the application")

    await BodyLimit(app, LIMIT, 8)({"type": "http", "headers": declared}, receive, send)
    assert (reads, sent[0]["status"]) == (expected, 413)


async def test_a_body_nested_too_deeply_is_refused() -> None:
    async with bench().client() as client:
        fine = await client.post("/size", content=b"[" * 8 + b"]" * 8)
        deep = await client.post("/size", content=b"[" * 9 + b"]" * 9)
    assert (fine.status_code, deep.status_code, deep.json()["code"]) == (200, 400, "body_too_deep")


def nested(depth: int) -> st.SearchStrategy[Any]:
    leaf: st.SearchStrategy[Any] = st.text(alphabet='[]{}"\\ab', max_size=8) | st.integers()
    made: st.SearchStrategy[Any] = leaf
    for _ in range(depth):
        made = (
            leaf | st.lists(made, max_size=3) | st.dictionaries(st.text(alphabet='[{"\\', max_size=3), made, max_size=2)
        )
    return made


def depth_of(value: Any) -> int:
    if isinstance(value, list):
        return 1 + max(map(depth_of, value), default=0)
    if isinstance(value, dict):
        return 1 + max(map(depth_of, value.values()), default=0)
    return 0


@given(nested(7), st.integers(0, 6))
def test_the_depth_is_that_of_the_document_whatever_its_strings_hold(value: Any, limit: int) -> None:
    assert too_deep(json.dumps(value).encode(), limit) == (depth_of(value) > limit)


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 500_000,
        b"[]," * 300_000,
        b'{"a":' * 150_000,
        b'"' + b'\\"' * 400_000,
        b'"[' * 400_000,
        b"[[" + b"[]" * 400_000,
    ],
    ids=["open", "flat", "objects", "endless string", "quotes", "wide"],
)
@pytest.mark.alone
def test_hostile_bodies_are_measured_in_time(body: bytes) -> None:
    start = time.perf_counter()
    too_deep(body, 32)
    assert time.perf_counter() - start < 1.0


def test_what_only_opens_is_too_deep() -> None:
    assert too_deep(b"[" * 33, 32)
    assert not too_deep(b"[" * 32, 32)


async def test_an_answer_that_does_not_begin_in_time_is_given_up_and_may_be_asked_again() -> None:
    async with bench(request_timeout=0.1).client() as client:
        answer = await client.get("/slow")
    assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (503, "unavailable", "1")


async def test_a_body_that_does_not_arrive_in_time_is_given_up() -> None:
    async def parts() -> AsyncIterator[bytes]:
        yield b"x"
        await asyncio.sleep(5)

    async with bench(request_timeout=0.1).client() as client:
        answer = await client.post("/size", content=parts())
    assert (answer.status_code, answer.json()["code"]) == (408, "request_timeout")


async def test_an_answer_that_has_begun_may_take_longer() -> None:
    async with bench(request_timeout=0.15).client() as client:
        answer = await client.get("/export")
    assert answer.text == "row\n" * 3


@pytest.mark.parametrize("path", ["/size", "/nothing", "/health/live", "/openapi.json", "/api"])
async def test_every_answer_carries_the_security_headers(path: str) -> None:
    async with bench().client() as client:
        headers = (await client.get(path)).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert headers["referrer-policy"] == "no-referrer"
