"""An HTTP transport that spends a shared budget before every request, retries and token requests included."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx

from desk_connectors.http import VendorRateLimited
from desk_connectors.http.budget import BudgetSpent
from desk_connectors.http.retry_after import retry_after
from desk_integrations.http.budget import SharedBudget


class BudgetedTransport(httpx.AsyncBaseTransport):
    """Wraps the transport of one instance. Raises `VendorRateLimited` when the budget is spent for longer than
    `longest_wait` seconds; a 429 silences all processes.

    `unnamed_wait` seconds are taken for a 429 that names no time.
    """

    def __init__(
        self,
        vendor: str,
        budget: SharedBudget,
        inner: httpx.AsyncBaseTransport | None = None,
        *,
        longest_wait: float = 5.0,
        unnamed_wait: float = 30.0,
    ) -> None:
        self._vendor, self._budget = vendor, budget
        self._inner = inner or httpx.AsyncHTTPTransport()
        self._longest_wait, self._unnamed_wait = longest_wait, unnamed_wait

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        try:
            await self._budget.take(self._longest_wait)
        except BudgetSpent as spent:
            raise VendorRateLimited(self._vendor, f"{request.method} {request.url.path}", spent.wait) from spent
        response = await self._inner.handle_async_request(request)
        if response.status_code == 429:
            pause = retry_after(response.headers, datetime.now(UTC), self._unnamed_wait)
            await self._budget.pause(pause)
        return response

    async def aclose(self) -> None:
        await self._inner.aclose()
