"""The gateway passes requests and responses on as they are, in parts, and breaks off what a service breaks off."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import httpx
import pytest

from desk.http.app.serving import listen, serving
from desk_deploy.up.gateway.proxy import proxy
from desk_deploy.up.process import LOOPBACK

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


@asynccontextmanager
async def behind(handle: Handler) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a gateway whose service `intake` is this handler of connections."""
    tasks = set[asyncio.Task[object]]()

    async def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if task := asyncio.current_task():
            tasks.add(task)
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            await handle(reader, writer)
        writer.close()

    server = await asyncio.start_server(accepted, LOOPBACK, 0)
    address = f"http://{LOOPBACK}:{server.sockets[0].getsockname()[1]}"
    async with (
        server,
        serving(proxy({"intake": address}), listen(LOOPBACK, 0), drain=1) as url,
        httpx.AsyncClient(base_url=url, timeout=10) as client,
    ):
        yield client
    await asyncio.wait(tasks or [asyncio.create_task(asyncio.sleep(0))], timeout=5)


async def head_of(reader: asyncio.StreamReader) -> bytes:
    return await reader.readuntil(b"\r\n\r\n")


class Recorder:
    """A service that answers ANSWER to every request, and remembers heads, bodies and connections."""

    def __init__(self, answer: bytes = ANSWER) -> None:
        self.answer, self.heads, self.bodies, self.connections = answer, list[bytes](), list[bytes](), 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        while True:
            self.heads.append(await head_of(reader))
            self.bodies.append(await body_of(reader, self.heads[-1]))
            writer.write(self.answer)
            if b"connection: close" in self.answer:
                return


async def body_of(reader: asyncio.StreamReader, head: bytes) -> bytes:
    if sized := re.search(rb"content-length: (\d+)", head):
        return await reader.readexactly(int(sized[1]))
    found, size = b"", 1
    while size and b"transfer-encoding: chunked" in head:
        size = int(await reader.readline(), 16)
        found += (await reader.readexactly(size + 2))[:-2]
    return found


async def test_path_query_and_headers_arrive_as_sent_without_those_of_the_connection() -> None:
    service = Recorder()
    async with behind(service) as client:
        await client.get("/intake/tickets/a%2Fb?x=%20&y=1", headers={"Desk-Seen": "docs=7", "TE": "trailers"})
    (head,) = service.heads
    assert head.startswith(b"GET /intake/tickets/a%2Fb?x=%20&y=1 HTTP/1.1\r\n")
    assert b"\r\ndesk-seen: docs=7\r\n" in head
    assert b"\r\nte:" not in head
    assert b"\r\nconnection:" not in head


async def test_requests_one_after_the_other_share_a_connection() -> None:
    service = Recorder()
    async with behind(service) as client:
        for _ in range(5):
            assert (await client.post("/intake/tickets", json={})).text == "ok"
    assert service.connections == 1


async def test_a_connection_that_the_service_closed_is_not_used_again() -> None:
    service = Recorder(b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok")
    async with behind(service) as client:
        answers = [await client.get("/intake/x") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200] * 3
    assert service.connections == 3
    assert all("close" not in answer.headers.get("connection", "") for answer in answers)


async def test_a_body_in_parts_arrives_whole_and_framed_again() -> None:
    service = Recorder()

    async def parts() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield b"x" * 100_000
            await asyncio.sleep(0.1)

    async with behind(service) as client:
        assert (await client.post("/intake/x", content=parts())).text == "ok"
        assert (await client.post("/intake/x", content=b"y" * 3_000_000)).text == "ok"
    assert service.bodies == [b"x" * 300_000, b"y" * 3_000_000]
    assert b"transfer-encoding: chunked" in service.heads[0]
    assert service.connections == 1


async def test_an_answer_before_the_end_of_the_body_reaches_the_client() -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head_of(reader)
        writer.write(b"HTTP/1.1 413 Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")
        await writer.drain()

    async with behind(refuse) as client:
        reader, writer = await asyncio.open_connection(LOOPBACK, client.base_url.port)
        writer.write(b"POST /intake/x HTTP/1.1\r\nHost: desk\r\nContent-Length: 5000\r\n\r\nxx")
        async with asyncio.timeout(5):
            assert (await reader.readline()).startswith(b"HTTP/1.1 413 ")
        writer.close()


async def test_a_large_response_is_passed_on_unchanged_while_it_is_made() -> None:
    body = bytes(range(256)) * 8192

    async def stream(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head_of(reader)
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        for at in range(0, len(body), 65_536):
            part = body[at : at + 65_536]
            writer.write(b"%x\r\n%b\r\n" % (len(part), part))
            await writer.drain()
            await asyncio.sleep(0.001)
        writer.write(b"0\r\n\r\n")

    async with behind(stream) as client:
        assert (await client.get("/intake/export")).content == body


async def test_a_client_that_goes_away_ends_the_response_at_the_service() -> None:
    ended = asyncio.Event()

    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head_of(reader)
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"1\r\nx\r\n")
            await asyncio.sleep(0.01)
        ended.set()

    async with behind(endless) as client:
        async with client.stream("GET", "/intake/export") as response:
            assert await anext(response.aiter_raw())
        async with asyncio.timeout(5):
            await ended.wait()


@pytest.mark.parametrize("part", [b"", b"HTTP/1.1 200 OK\r\ncontent-le", b"nonsense\r\n\r\n"])
async def test_a_service_that_ends_before_it_answers_is_away(part: bytes) -> None:
    async def end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head_of(reader)
        writer.write(part)

    async with behind(end) as client:
        assert (await client.get("/intake/x")).json()["code"] == "unavailable"
        assert (await client.post("/intake/psa/x", content=b"1")).status_code == 429


async def test_a_response_that_breaks_off_does_not_look_complete() -> None:
    async def half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head_of(reader)
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf")

    async with behind(half) as client:
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get("/intake/x")


async def test_an_interim_response_is_not_the_response() -> None:
    async with behind(Recorder(b"HTTP/1.1 100 Continue\r\n\r\n" + ANSWER)) as client:
        assert (await client.post("/intake/x", content=b"1")).text == "ok"


async def test_a_second_response_is_never_the_answer_to_the_next_request() -> None:
    async with behind(Recorder(ANSWER + b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nother")) as client:
        answers = [(await client.get("/intake/x")).status_code for _ in range(3)]
        assert set(answers) <= {200, 503}
        for _ in range(3):
            assert "other" not in (await client.get("/intake/x")).text


async def test_head_has_the_headers_of_the_response_without_its_body() -> None:
    async def head(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head_of(reader)
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\n")

    async with behind(head) as client:
        answer = await client.head("/intake/x")
    assert (answer.status_code, answer.headers["content-length"]) == (200, "7")


async def test_an_unknown_service_is_not_found() -> None:
    async with behind(Recorder()) as client:
        assert (await client.get("/nothing/here")).json()["code"] == "not_found"
        assert (await client.get("/")).json() == {"intake": f"{client.base_url}/intake/api"}


async def test_a_request_with_two_lengths_reaches_no_service() -> None:
    """One of them would make the rest of the body a second request."""
    service = Recorder()
    async with behind(service) as client:
        reader, writer = await asyncio.open_connection(LOOPBACK, client.base_url.port)
        two = (
            b"content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /intake/x HTTP/1.1\r\nhost: a\r\n\r\n"
        )
        writer.write(b"POST /intake/tickets HTTP/1.1\r\nhost: a\r\n" + two)
        assert b" 400 " in await reader.readline()
        writer.close()
    assert service.heads == []
