"""Call the simulator in process, with the time-outs that the caller set."""

import asyncio

import httpx


class InProcessTransport(httpx.AsyncBaseTransport):
    """Like httpx.ASGITransport, which knows no time-outs: here a call that hangs ends in ReadTimeout."""

    def __init__(self, app: httpx.ASGITransport) -> None:
        self._inner = app

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        seconds = request.extensions.get("timeout", {}).get("read")
        try:
            async with asyncio.timeout(seconds):
                return await self._inner.handle_async_request(request)
        except TimeoutError as error:
            raise httpx.ReadTimeout("the simulator did not answer in time", request=request) from error
