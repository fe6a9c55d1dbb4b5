"""The PSA's API on the request pipeline of the kit: addresses, credentials, budget, refusals."""

import re

from starlette.requests import Request

from desk_simulators.connectwise.errors import ApiError, missing_endpoint, timed_out, too_many_requests
from desk_simulators.connectwise.faults import Faults
from desk_simulators.connectwise.http.access import authenticate, json_only
from desk_simulators.connectwise.http.routes import api_routes
from desk_simulators.connectwise.http.site import COMPANY_PATH, KEY_PATH, company_info, signing_key
from desk_simulators.connectwise.identity import Actor
from desk_simulators.connectwise.state import PsaState
from desk_simulators.kit.errors import ApiError as Refusal
from desk_simulators.kit.http import gateway as kit
from desk_simulators.kit.http.call import Reply
from desk_simulators.kit.http.routes import Router
from desk_simulators.kit.ledger import Ledger
from desk_simulators.kit.rate_limit import RateLimit
from desk_simulators.kit.scripts import HTML

API_PATH = re.compile(r"/(?P<codebase>[^/]+)/+apis/3\.0/(?P<path>.*)")
ALIAS = "v4_6_release/"
MAX_ADDRESS = 2048


class Gateway(kit.Gateway[PsaState, Actor]):
    filters = frozenset({"conditions", "childConditions", "customFieldConditions"})

    def __init__(self, state: PsaState, faults: Faults, ledger: Ledger, scale: float) -> None:
        super().__init__(state, faults, ledger, Router(api_routes()), scale=scale)
        self._codebase_fault = faults
        self._limit = RateLimit(state.now, lambda: state.behaviour.requests_per_minute)

    async def site(self, request: Request, path: str, raw: bytes) -> Reply | None:
        scripts = self.faults.scripts
        if found := COMPANY_PATH.fullmatch(path):
            scripted = scripts.reply(scripts.meet(request.method, path))
            return scripted or company_info(self.state, self._codebase(), found["company"])
        return signing_key(self.state, request) if KEY_PATH.fullmatch(path) else None

    def api_path(self, path: str) -> str | None:
        api = API_PATH.fullmatch(path)
        return api["path"] if api is not None and f"{api['codebase']}/" in (self._codebase(), ALIAS) else None

    def admit(self, request: Request, path: str) -> Actor:
        actor = authenticate(self.state, request.method, path, request.headers)
        if len(request.url.path) + len(request.url.query) > MAX_ADDRESS:
            raise ApiError(414, "UriTooLong", f"The address is longer than {MAX_ADDRESS}; use POST .../search.")
        seconds = self._limit.spend()
        if seconds is not None:
            raise too_many_requests(seconds)
        return actor

    def caller(self, actor: Actor) -> str:
        return actor.identifier

    def hang_seconds(self) -> float:
        return self.state.behaviour.hang_seconds

    def is_write(self, method: str, path: str) -> bool:
        return super().is_write(method, path) and not path.endswith("/search")

    def accept_media(self, request: Request) -> None:
        json_only(request.method, request.headers)

    def missing_path(self, *, method_only: bool) -> Refusal:
        return missing_endpoint(405 if method_only else 404)

    def too_many_requests(self, seconds: int) -> Refusal:
        return too_many_requests(seconds)

    def server_error(self) -> Refusal:
        return timed_out()

    def bad_body(self, reason: str) -> Refusal:
        return ApiError(400, "InvalidObject", f"The body is not JSON: {reason}.")

    def missing_page(self) -> Reply:
        return Reply(404, media_type=HTML, content=b"404 - File or directory not found.")

    def _codebase(self) -> str:
        return self._codebase_fault.codebase or self.state.instance.codebase
