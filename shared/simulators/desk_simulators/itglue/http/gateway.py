"""The API on the request pipeline of the kit: API key, JSON:API media type, refusals."""

from hmac import compare_digest

from starlette.requests import Request

from desk_simulators.itglue.errors import failure
from desk_simulators.itglue.faults import MEDIA_TYPE, PAGE, Faults
from desk_simulators.itglue.http import related
from desk_simulators.itglue.http.documents import Documents
from desk_simulators.itglue.http.resources import ASSET, CONFIGURATION, Resources
from desk_simulators.itglue.state import ItGlueState
from desk_simulators.kit.errors import ApiError
from desk_simulators.kit.http import gateway as kit
from desk_simulators.kit.http.call import Reply
from desk_simulators.kit.http.routes import Router
from desk_simulators.kit.ledger import Ledger
from desk_simulators.kit.rate_limit import RateLimit
from desk_simulators.kit.scripts import HTML

WINDOW_SECONDS = 300.0
KEY = "api-key"


class Gateway(kit.Gateway[ItGlueState, str]):
    """The account, at the root of its host. An unknown path answers a web page."""

    filters = frozenset(f"filter{name}" for name in {**ASSET, **CONFIGURATION})

    def __init__(self, state: ItGlueState, faults: Faults, ledger: Ledger) -> None:
        routes = {**Resources(faults).routes(), **Documents(faults).routes(), **related.routes()}
        super().__init__(state, faults, ledger, Router(routes))
        self._limit = RateLimit(state.now, lambda: state.behaviour.requests_per_window, WINDOW_SECONDS)

    def api_path(self, path: str) -> str | None:
        return path

    def admit(self, request: Request, path: str) -> str:
        given = request.headers.get("x-api-key", "")
        if not compare_digest(given.encode(), self.state.account.api_key.encode()):
            status = self.state.behaviour.key_refusal
            raise failure(status, "Unauthorized" if status == 401 else "Forbidden", "API key is invalid")
        seconds = self._limit.spend(KEY)
        if seconds is not None:
            raise self.too_many_requests(seconds)
        return KEY

    def caller(self, actor: str) -> str:
        return actor

    def hang_seconds(self) -> float:
        return self.state.behaviour.hang_seconds

    def accept_media(self, request: Request) -> None:
        media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media != MEDIA_TYPE:
            raise failure(415, "Unsupported Media Type", f"Content-Type must be {MEDIA_TYPE}")

    def refused(self, error: ApiError) -> Reply:
        reply = super().refused(error)
        if reply.body is None:
            return Reply(reply.status, headers=reply.headers, content=PAGE.encode(), media_type=HTML)
        return Reply(reply.status, reply.body, reply.headers, MEDIA_TYPE)

    def missing_path(self, *, method_only: bool) -> ApiError:
        return ApiError(404, None, "no such path")

    def too_many_requests(self, seconds: int) -> ApiError:
        body = {"errors": [{"title": "Too Many Requests", "status": "429", "detail": "Rate limit exceeded"}]}
        return ApiError(429, body, "too many requests", {"Retry-After": str(seconds)})

    def server_error(self) -> ApiError:
        return failure(500, "Internal Server Error", "Something went wrong")

    def bad_body(self, reason: str) -> ApiError:
        return failure(400, "Bad Request", f"the body is not JSON: {reason}")

    def missing_page(self) -> Reply:
        return Reply(404, content=PAGE.encode(), media_type=HTML)
