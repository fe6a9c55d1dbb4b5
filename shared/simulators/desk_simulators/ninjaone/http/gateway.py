"""NinjaOne's API on the request pipeline of the kit: token endpoint, scopes, budget, refusals."""

import re

from starlette.requests import Request

from desk_simulators.kit.errors import ApiError
from desk_simulators.kit.http import gateway as kit
from desk_simulators.kit.http.call import Reply
from desk_simulators.kit.http.routes import Router
from desk_simulators.kit.ledger import Ledger
from desk_simulators.kit.oauth import Token, TokenIssuer
from desk_simulators.kit.paging import CursorBook
from desk_simulators.kit.rate_limit import RateLimit
from desk_simulators.kit.scripts import HTML
from desk_simulators.ninjaone.errors import failure, forbidden, too_many_requests, unauthorized
from desk_simulators.ninjaone.faults import Faults
from desk_simulators.ninjaone.http.call import Call, Routes
from desk_simulators.ninjaone.http.devices import Devices
from desk_simulators.ninjaone.http.history import History
from desk_simulators.ninjaone.identity import MANAGEMENT, MONITORING
from desk_simulators.ninjaone.state import NinjaState
from desk_simulators.ninjaone.webhooks import read_webhook

TOKEN_PATHS = ("/ws/oauth/token", "/oauth/token")
API_PATH = re.compile(r"/(?:api/)?(?P<path>v2(?:/.*)?)")


class Gateway(kit.Gateway[NinjaState, Token]):
    filters = frozenset({"df", "userType"})

    def __init__(self, state: NinjaState, faults: Faults, ledger: Ledger, tokens: TokenIssuer, scale: float) -> None:
        cursors = CursorBook(state.now, state.behaviour.cursor_lifetime)
        routes = {**Devices(faults).routes(), **History(cursors).routes(), **webhook_routes()}
        super().__init__(state, faults, ledger, Router(routes), scale=scale)
        self._tokens = tokens
        self._limit = RateLimit(state.now, lambda: state.behaviour.requests_per_minute)

    async def site(self, request: Request, path: str, raw: bytes) -> Reply | None:
        if path.rstrip("/") not in TOKEN_PATHS:
            return None
        scripts = self.faults.scripts
        scripted = scripts.reply(scripts.meet(request.method, path))
        if scripted is not None:
            return scripted
        if request.method != "POST":
            return self.refused(self.missing_path(method_only=True))
        self._tokens.lifetime = self.state.behaviour.token_lifetime
        headers = request.headers
        return self._tokens.answer(headers.get("content-type", ""), headers.get("authorization", ""), raw)

    def api_path(self, path: str) -> str | None:
        found = API_PATH.fullmatch(path)
        return found["path"] if found else None

    def admit(self, request: Request, path: str) -> Token:
        token = self._tokens.check(request.headers.get("authorization", ""))
        if token is None:
            raise unauthorized()
        needed = MANAGEMENT if self.is_write(request.method, path) else MONITORING
        if needed not in token.scopes:
            raise forbidden()
        seconds = self._limit.spend(token.client_id)
        if seconds is not None:
            raise too_many_requests(seconds)
        return token

    def caller(self, actor: Token) -> str:
        return actor.client_id

    def hang_seconds(self) -> float:
        return self.state.behaviour.hang_seconds

    def is_write(self, method: str, path: str) -> bool:
        return super().is_write(method, path) and not path.endswith("oauth/token")

    def missing_path(self, *, method_only: bool) -> ApiError:
        return failure(405, "Method Not Allowed") if method_only else failure(404, "Not Found")

    def too_many_requests(self, seconds: int) -> ApiError:
        return too_many_requests(seconds)

    def server_error(self) -> ApiError:
        return failure(500, "Internal Server Error")

    def bad_body(self, reason: str) -> ApiError:
        return failure(400, f"the body is not JSON: {reason}")

    def missing_page(self) -> Reply:
        return Reply(404, media_type=HTML, content=b"<html><body><h1>404 Not Found</h1></body></html>")


def webhook_routes() -> Routes:
    return {("PUT", "v2/webhook"): configure_webhook, ("DELETE", "v2/webhook"): remove_webhook}


def configure_webhook(call: Call) -> Reply:
    """One for each API client; needs the context of a system administrator."""
    _administrator(call)
    call.state.webhooks[call.actor.client_id] = read_webhook(call.body)
    call.state.revision += 1
    return Reply(204)


def remove_webhook(call: Call) -> Reply:
    _administrator(call)
    call.state.webhooks.pop(call.actor.client_id, None)
    call.state.revision += 1
    return Reply(204)


def _administrator(call: Call) -> None:
    if call.actor.client_id not in call.state.instance.administrators:
        raise forbidden()
