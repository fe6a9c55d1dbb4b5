"""Calls a vendor within its rate budget, breaker, deadline and size limit, with bounded retries of reads."""

from __future__ import annotations

import asyncio

import httpx

from desk_connectors.http.breaker import VendorBreaker
from desk_connectors.http.budget import BudgetSpent, TokenBucket
from desk_connectors.http.call import Answer, Call, Limits
from desk_connectors.http.clock import Clock
from desk_connectors.http.errors import OutcomeUnknown, VendorAnswerInvalid, VendorRateLimited, VendorUnavailable
from desk_connectors.http.retry_after import retry_after

NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol, httpx.ProxyError)


class VendorHttp:
    """Calls one vendor under one credential. `transport` None is the network."""

    def __init__(
        self,
        vendor: str,
        limits: Limits,
        clock: Clock,
        transport: httpx.AsyncBaseTransport | None = None,
        trust_env: bool = True,
    ) -> None:
        self.vendor = vendor
        self.clock = clock
        self._limits = limits
        self._budget = TokenBucket(limits.per_minute, limits.burst, clock)
        self._breaker = VendorBreaker(limits.breaker_failures, limits.breaker_cooldown, clock)
        self._client = httpx.AsyncClient(
            transport=transport,
            timeout=httpx.Timeout(limits.deadline, connect=limits.connect),
            follow_redirects=False,
            trust_env=trust_env,
        )

    async def aclose(self) -> None:
        await self._client.aclose()

    async def send(self, call: Call, longest_wait: float | None = None) -> Answer:
        """Make the call. Reads are retried after `VendorUnavailable` and a short `Retry-After`, writes never."""
        patience = self._limits.longest_wait if longest_wait is None else longest_wait
        for delay in self._limits.read_delays if call.reads else ():
            try:
                return await self._try(call, patience)
            except (VendorUnavailable, VendorRateLimited) as error:
                wait = max(delay, error.retry_after or 0.0)
                if wait > patience:
                    raise
                await self.clock.sleep(wait)
        return await self._try(call, patience)

    async def _try(self, call: Call, patience: float) -> Answer:
        shut = self._breaker.wait()
        if shut > 0:
            problem = "not called: it failed several times in a row"
            raise VendorUnavailable(self.vendor, call.operation, problem, retry_after=shut)
        try:
            await self._budget.take(patience)
        except BudgetSpent as spent:
            raise VendorRateLimited(self.vendor, call.operation, spent.wait) from spent
        return self._judge(call, await self._exchange(call))

    async def _exchange(self, call: Call) -> Answer:
        try:
            async with asyncio.timeout(self._limits.deadline):
                request = self._client.build_request(call.method, call.url, headers=call.headers, content=call.content)
                response = await self._client.send(request, stream=True)
                try:
                    return Answer(response.status_code, response.headers, await self._read(call, response))
                finally:
                    await response.aclose()
        except (httpx.TransportError, httpx.DecodingError, TimeoutError) as error:
            self._breaker.failed()
            problem = f"no answer ({type(error).__name__})"
            if call.reads or isinstance(error, NEVER_SENT):
                raise VendorUnavailable(self.vendor, call.operation, problem) from error
            raise OutcomeUnknown(self.vendor, call.operation, problem) from error

    async def _read(self, call: Call, response: httpx.Response) -> bytes:
        body = bytearray()
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) > self._limits.answer_bytes:
                problem = f"longer than {self._limits.answer_bytes} bytes"
                if not call.reads:
                    raise OutcomeUnknown(self.vendor, call.operation, f"answer {problem}")
                raise VendorAnswerInvalid(self.vendor, call.operation, "body", f"{problem}; ask for less")
        return bytes(body)

    def _judge(self, call: Call, answer: Answer) -> Answer:
        status = answer.status
        if status == 429:
            wait = retry_after(answer.headers, self.clock.now(), self._limits.unnamed_wait)
            self._budget.pause(wait)
            raise VendorRateLimited(self.vendor, call.operation, wait, status=status)
        if status < 500 and status != 408:
            self._breaker.succeeded()
            return answer
        self._breaker.failed()
        problem = f"answered {status}"
        if not call.reads:
            raise OutcomeUnknown(self.vendor, call.operation, problem, status=status)
        wait = retry_after(answer.headers, self.clock.now(), 0.0)
        raise VendorUnavailable(self.vendor, call.operation, problem, retry_after=wait or None, status=status)
