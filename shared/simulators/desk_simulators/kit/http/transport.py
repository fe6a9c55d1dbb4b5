"""In-process calls with the time-outs that the caller set, and connections that break on purpose."""

import asyncio

import httpx


class ConnectionBroken(Exception):
    """The simulator ends the connection: before any answer, or in the middle of one."""

    def __init__(self, *, answered: bool) -> None:
        super().__init__("the simulator ended the connection")
        self.answered = answered


class InProcessTransport(httpx.AsyncBaseTransport):
    """Like httpx.ASGITransport, which has no time-outs: here a call that hangs ends in ReadTimeout."""

    def __init__(self, app: httpx.ASGITransport) -> None:
        self._inner = app

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        seconds = request.extensions.get("timeout", {}).get("read")
        try:
            async with asyncio.timeout(seconds):
                return await self._inner.handle_async_request(request)
        except TimeoutError as error:
            raise httpx.ReadTimeout("the simulator did not answer in time", request=request) from error
        except ConnectionBroken as error:
            kind = httpx.RemoteProtocolError if error.answered else httpx.ConnectError
            raise kind(str(error), request=request) from error
