"""The API v1 on the request pipeline of the kit: HTTP Basic, JSON:API media type, refusals."""

import binascii
from base64 import b64decode
from hmac import compare_digest

from starlette.requests import Request

from desk_simulators.auvik.errors import failure, unauthorized
from desk_simulators.auvik.faults import MEDIA_TYPE, Faults
from desk_simulators.auvik.http import tenants
from desk_simulators.auvik.http.alerts import Alerts
from desk_simulators.auvik.http.devices import EQUAL, Devices
from desk_simulators.auvik.http.listing import Routes
from desk_simulators.auvik.state import AuvikState
from desk_simulators.kit.errors import ApiError
from desk_simulators.kit.http import gateway as kit
from desk_simulators.kit.http.call import Reply
from desk_simulators.kit.http.routes import Router
from desk_simulators.kit.ledger import Ledger
from desk_simulators.kit.rate_limit import RateLimit

WITHOUT_BODY = (401, 500)
TENANTS = "tenants"


class Gateway(kit.Gateway[AuvikState, str]):
    """The account, below `/v1`."""

    filters = frozenset({TENANTS, "filter[entityId]", *EQUAL})

    def __init__(self, state: AuvikState, faults: Faults, ledger: Ledger, scale: float) -> None:
        verify: Routes = {("GET", "v1/authentication/verify"): lambda call: Reply(200, content=b"", media_type=None)}
        routes = {**verify, **tenants.routes(), **Devices(faults).routes(), **Alerts(faults).routes()}
        super().__init__(state, faults, ledger, Router(routes), scale=scale)
        self._limit = RateLimit(state.now, lambda: state.behaviour.requests_per_minute)

    def api_path(self, path: str) -> str | None:
        return path if path.startswith("/v1/") else None

    def admit(self, request: Request, path: str) -> str:
        user = self._user(request.headers.get("authorization", ""))
        if user is None:
            raise unauthorized()
        seconds = self._limit.spend(user)
        if seconds is not None:
            raise self.too_many_requests(seconds)
        return user

    def caller(self, actor: str) -> str:
        return actor

    def hang_seconds(self) -> float:
        return self.state.behaviour.hang_seconds

    def refused(self, error: ApiError) -> Reply:
        """401 and 500 have no body; the others are JSON:API errors."""
        reply = super().refused(error)
        if reply.status in WITHOUT_BODY:
            return Reply(reply.status, headers=reply.headers, content=b"", media_type=None)
        return Reply(reply.status, reply.body, reply.headers, MEDIA_TYPE)

    def missing_path(self, *, method_only: bool) -> ApiError:
        return failure(404, "Not Found", "no such resource")

    def too_many_requests(self, seconds: int) -> ApiError:
        body = {"errors": [{"status": "429", "title": "Too Many Requests"}]}
        return ApiError(429, body, "too many requests", {"Retry-After": str(seconds)})

    def server_error(self) -> ApiError:
        return ApiError(500, None, "server error")

    def bad_body(self, reason: str) -> ApiError:
        return failure(400, "Bad Request", f"the body is not JSON: {reason}")

    def missing_page(self) -> Reply:
        return Reply(404, content=b"", media_type=None)

    def _user(self, authorization: str) -> str | None:
        """The user whose key it is; None for anything but the key of a user."""
        scheme, _, encoded = authorization.partition(" ")
        try:
            user, separator, given = b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        key = self.state.account.keys.get(user)
        if scheme != "Basic" or not separator or key is None:
            return None
        return user if compare_digest(key.encode(), given.encode()) else None
