"""The way of a request: path, credentials, budget, faults, handler, ledger."""

import asyncio
import json
import re
from datetime import UTC, timedelta
from email.utils import format_datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from desk_simulators.connectwise.errors import ApiError, TooManyRequests, missing_endpoint
from desk_simulators.connectwise.faults import Faults
from desk_simulators.connectwise.http.access import RateLimit, accept_version, authenticate, json_only
from desk_simulators.connectwise.http.call import Call, Reply, template
from desk_simulators.connectwise.http.routes import api_routes
from desk_simulators.connectwise.http.site import COMPANY_PATH, KEY_PATH, company_info, signing_key
from desk_simulators.connectwise.identity import Actor
from desk_simulators.connectwise.ledger import Ledger
from desk_simulators.connectwise.state import PsaState

API_PATH = re.compile(r"/(?P<codebase>[^/]+)/+apis/3\.0/(?P<path>.*)")
ALIAS = "v4_6_release/"
MAX_ADDRESS = 2048
WRITING = ("POST", "PUT", "PATCH", "DELETE")


class Gateway:
    """Answers everything below `/` that is not the simulator's own control. `scale` stretches slow answers."""

    def __init__(self, state: PsaState, faults: Faults, ledger: Ledger, scale: float) -> None:
        self._state = state
        self._faults = faults
        self._ledger = ledger
        self._scale = scale
        self._limit = RateLimit(state)
        self._routes = api_routes()
        self._known_paths = {path for _, path in self._routes}

    async def answer(self, request: Request) -> Response:
        path = f"/{request.path_params['path']}"
        raw = await request.body()
        if found := COMPANY_PATH.fullmatch(path):
            scripted = self._faults.scripts.meet(request.method, path)
            if scripted is not None:
                return self._finish(request, path, scripted, None)
            return self._finish(request, path, company_info(self._state, self._codebase(), found["company"]), None)
        if KEY_PATH.fullmatch(path):
            return self._finish(request, path, signing_key(self._state, request), None)
        api = API_PATH.fullmatch(path)
        if api is None or f"{api['codebase']}/" not in (self._codebase(), ALIAS):
            self._note(request, path, 404, None, None)
            return Response("404 - File or directory not found.", 404, media_type="text/html")
        return await self._api(request, api["path"].strip("/"), raw)

    async def _api(self, request: Request, path: str, raw: bytes) -> Response:
        scripted = self._faults.scripts.meet(request.method, path)
        if scripted is not None:
            return self._finish(request, path, scripted, None)
        actor: Actor | None = None
        struck = self._faults.strike(request.method, path)
        body: Any = None
        try:
            actor = authenticate(self._state, request.method, path, request.headers)
            accept_version(request.headers)
            _short_enough(request)
            self._limit.spend()
            await self._stumble(struck)
            body = self._json(request, raw)
            reply = self._faults.scripts.altered(path, self._dispatch(request, path, body, actor))
        except ApiError as error:
            reply = Reply(error.status, error.body(), error.headers)
        if "act-then-time-out" in struck and request.method in WRITING and reply.status < 300:
            self._note(request, path, reply.status, body, actor, answered=False)
            return await self._never_in_time(request)
        return self._finish(request, path, reply, actor, body)

    async def _stumble(self, struck: frozenset[str]) -> None:
        """Faults that come before anything is done."""
        if "slow" in struck:
            await asyncio.sleep(self._faults.api_slow_seconds * self._scale)
        if "too-many-requests" in struck:
            raise TooManyRequests(self._faults.api_retry_after_seconds)
        if "server-error" in struck:
            raise _timed_out()

    def _json(self, request: Request, raw: bytes) -> Any:
        if request.method not in WRITING or not raw:
            return None
        json_only(request.method, request.headers)
        try:
            return json.loads(raw)
        except (ValueError, RecursionError) as error:
            raise ApiError(400, "InvalidObject", f"The body is not JSON: {type(error).__name__}.") from error

    def _dispatch(self, request: Request, path: str, body: Any, actor: Actor) -> Reply:
        shape, ids = template(path)
        handler = self._routes.get((request.method, shape))
        if handler is None:
            raise missing_endpoint(405 if shape in self._known_paths else 404)
        address = str(request.url.replace(query=""))
        query = dict(request.query_params)
        call = Call(self._state, request.method, shape, ids, query, request.headers, body, actor, address)
        return handler(call)

    async def _never_in_time(self, request: Request) -> Response:
        """Hold the call until the caller gives up; one that outwaits it gets the text of a time-out."""
        try:
            async with asyncio.timeout(self._state.behaviour.hang_seconds * self._scale):
                while (await request.receive())["type"] != "http.disconnect":
                    pass
        except TimeoutError:
            pass
        error = _timed_out()
        return self._response(Reply(error.status, error.body()))

    def _codebase(self) -> str:
        return self._faults.codebase or self._state.instance.codebase

    def _finish(self, request: Request, path: str, reply: Reply, actor: Actor | None, body: Any = None) -> Response:
        self._note(request, path, reply.status, body, actor)
        return self._response(reply)

    def _response(self, reply: Reply) -> Response:
        """With the `Date` of the PSA's web server, whose clock may be another one."""
        date = self._state.now() + timedelta(seconds=self._faults.date_skew_seconds)
        headers = {**reply.headers, "Date": format_datetime(date.astimezone(UTC), usegmt=True)}
        return Response(reply.raw(), reply.status, headers, media_type=reply.media_type)

    def _note(
        self, request: Request, path: str, status: int, body: Any, actor: Actor | None, *, answered: bool = True
    ) -> None:
        self._ledger.called(
            at=self._state.stamp(),
            method=request.method,
            path=path.strip("/"),
            query=request.url.query,
            status=status,
            body=body,
            member=actor.identifier if actor else None,
            answered=answered,
        )


def _short_enough(request: Request) -> None:
    if len(request.url.path) + len(request.url.query) > MAX_ADDRESS:
        raise ApiError(414, "UriTooLong", f"The address is longer than {MAX_ADDRESS}; use POST .../search.")


def _timed_out() -> ApiError:
    return ApiError(500, "InternalServerError", "Execution timeout expired before the operation completed.")
