"""Request pipeline of a simulated API: path, scripts, faults, credentials, handler, ledger."""

import asyncio
import json
from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import UTC, timedelta
from email.utils import format_datetime
from typing import Any, Generic, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from desk_simulators.kit.clock import stamp
from desk_simulators.kit.errors import ApiError
from desk_simulators.kit.faults import Faults
from desk_simulators.kit.http.broken import BrokenResponse
from desk_simulators.kit.http.call import Call, Reply
from desk_simulators.kit.http.routes import Router
from desk_simulators.kit.ledger import Ledger
from desk_simulators.kit.state import State

S = TypeVar("S", bound=State[Any])
A = TypeVar("A")

READING = ("GET", "HEAD")
WRITING = ("POST", "PUT", "PATCH", "DELETE")


class Gateway(ABC, Generic[S, A]):
    """Answers everything below `/` except the control endpoints. A vendor fills in the abstract methods.

    `filters` are the query parameters that the fault `filter-ignored` drops; `scale` stretches every wait. Functions
    in `on_call` are called with method and path before each API call, so that a test can move the world under it.
    """

    filters: frozenset[str] = frozenset()

    def __init__(self, state: S, faults: Faults, ledger: Ledger, router: Router[S, A], *, scale: float = 1.0) -> None:
        self.state = state
        self.faults = faults
        self._ledger = ledger
        self._router = router
        self._scale = scale
        self.on_call: list[Callable[[str, str], None]] = []

    @abstractmethod
    def api_path(self, path: str) -> str | None:
        """The path below the API root, or None for a path outside the API."""

    @abstractmethod
    def admit(self, request: Request, path: str) -> A:
        """The caller, once credentials, rights and budget allow the call. Raises ApiError."""

    @abstractmethod
    def caller(self, actor: A) -> str:
        """The caller's name for the ledger."""

    @abstractmethod
    def missing_path(self, *, method_only: bool) -> ApiError:
        """The refusal of a path that does not exist, or only not with this method."""

    @abstractmethod
    def too_many_requests(self, seconds: int) -> ApiError:
        """The refusal with status 429."""

    @abstractmethod
    def server_error(self) -> ApiError:
        """The refusal with status 500."""

    @abstractmethod
    def bad_body(self, reason: str) -> ApiError:
        """The refusal of a body that is not JSON."""

    @abstractmethod
    def missing_page(self) -> Reply:
        """The vendor's web server about a path outside the API."""

    async def site(self, request: Request, path: str, raw: bytes) -> Reply | None:
        """The reply of a path outside the API that needs no credentials, such as a token endpoint; None: no such."""
        return None

    def hang_seconds(self) -> float:
        """Seconds for which a call that is never answered in time is kept open."""
        return 30.0

    def is_write(self, method: str, path: str) -> bool:
        return method not in READING

    def accept_media(self, request: Request) -> None:
        """Raises ApiError for a media type that the API does not take."""

    async def answer(self, request: Request) -> Response:
        path = f"/{request.path_params['path']}"
        raw = await request.body()
        if self.faults.down:
            self._note(request, path, 503, None, None, answered=False)
            return BrokenResponse(b"", 503)
        reply = await self.site(request, path, raw)
        if reply is not None:
            return self._finish(request, path, reply, None)
        inner = self.api_path(path)
        if inner is None:
            return self._finish(request, path, self.missing_page(), None)
        return await self._api(request, inner.strip("/"), raw)

    async def _api(self, request: Request, path: str, raw: bytes) -> Response:
        for listener in self.on_call:
            listener(request.method, path)
        script = self.faults.scripts.meet(request.method, path)
        scripted = self.faults.scripts.reply(script)
        if scripted is not None:
            return self._finish(request, path, scripted, None)
        actor: A | None = None
        struck = self.faults.strike(request.method, path)
        body: object = None
        try:
            actor = self.admit(request, path)
            await self._stumble(struck)
            body = self._json(request, raw)
            reply = self._dispatch(request, path, body, actor, struck)
            reply = self.faults.scripts.spoiled(script, self.faults.scripts.altered(path, reply))
        except ApiError as error:
            reply = self.refused(error)
        if "act-then-time-out" in struck and request.method in WRITING and reply.status < 300:
            self._note(request, path, reply.status, body, actor, answered=False)
            return await self._never_in_time(request)
        return self._finish(request, path, reply, actor, body)

    def refused(self, error: ApiError) -> Reply:
        """The reply of a refusal; `Retry-After` takes the form that the faults ask for."""
        headers = dict(error.headers)
        seconds = headers.pop("Retry-After", None)
        if seconds is not None:
            headers |= self.faults.retry_after(int(seconds), self.state.now())
        return Reply(error.status, error.body(), headers)

    async def _stumble(self, struck: frozenset[str]) -> None:
        """Faults that come before anything is done."""
        if "slow" in struck:
            await asyncio.sleep(self.faults.api_slow_seconds * self._scale)
        if "too-many-requests" in struck:
            raise self.too_many_requests(self.faults.api_retry_after_seconds)
        if "server-error" in struck:
            raise self.server_error()

    def _json(self, request: Request, raw: bytes) -> Any:
        if request.method not in WRITING or not raw:
            return None
        self.accept_media(request)
        try:
            return json.loads(raw)
        except (ValueError, RecursionError) as error:
            raise self.bad_body(type(error).__name__) from error

    def _dispatch(self, request: Request, path: str, body: object, actor: A, struck: frozenset[str]) -> Reply:
        match = self._router.find(request.method, path)
        if match.handler is None:
            raise self.missing_path(method_only=match.exists)
        query = dict(request.query_params)
        if "filter-ignored" in struck:
            query = {name: value for name, value in query.items() if name not in self.filters}
        address = str(request.url.replace(query=""))
        call: Call[S, A] = Call(
            self.state,
            request.method,
            match.shape,
            match.ids,
            query,
            request.headers,
            body,
            actor,
            address,
            match.names,
            struck,
        )
        return match.handler(call)

    async def _never_in_time(self, request: Request) -> Response:
        """Hold the call until the caller gives up; one that outwaits it gets a server error."""
        try:
            async with asyncio.timeout(self.hang_seconds() * self._scale):
                while (await request.receive())["type"] != "http.disconnect":
                    pass
        except TimeoutError:
            pass
        return self._response(self.refused(self.server_error()))

    def _finish(self, request: Request, path: str, reply: Reply, actor: A | None, body: object = None) -> Response:
        self._note(request, path, reply.status, body, actor, answered=not reply.broken)
        return self._response(reply)

    def _response(self, reply: Reply) -> Response:
        """With the `Date` of the vendor's web server, whose clock may be another one."""
        date = self.state.now() + timedelta(seconds=self.faults.date_skew_seconds)
        headers = {**reply.headers, "Date": format_datetime(date.astimezone(UTC), usegmt=True)}
        kind = BrokenResponse if reply.broken else Response
        return kind(reply.raw(), reply.status, headers, media_type=reply.media_type)

    def _note(
        self, request: Request, path: str, status: int, body: object, actor: A | None, *, answered: bool = True
    ) -> None:
        self._ledger.called(
            at=stamp(self.state.now()),
            method=request.method,
            path=path.strip("/"),
            query=request.url.query,
            status=status,
            body=body,
            member=None if actor is None else self.caller(actor),
            answered=answered,
            wrote=status < 300 and self.is_write(request.method, path),
        )
