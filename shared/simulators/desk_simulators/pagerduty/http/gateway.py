"""The REST API v2 on the pipeline of the kit: API key, rate limit headers, refusals. Events have their own gateway."""

from hmac import compare_digest

from starlette.requests import Request
from starlette.responses import Response

from desk_simulators.kit.errors import ApiError
from desk_simulators.kit.http import gateway as kit
from desk_simulators.kit.http.call import Reply
from desk_simulators.kit.http.routes import Router
from desk_simulators.kit.ledger import Ledger
from desk_simulators.pagerduty.errors import failure
from desk_simulators.pagerduty.faults import Faults
from desk_simulators.pagerduty.http import resources
from desk_simulators.pagerduty.http.events import EventsGateway
from desk_simulators.pagerduty.http.incidents import Incidents
from desk_simulators.pagerduty.http.limits import ReportedLimit
from desk_simulators.pagerduty.http.listing import merged
from desk_simulators.pagerduty.http.subscriptions import Subscriptions
from desk_simulators.pagerduty.state import PagerState
from desk_simulators.pagerduty.webhooks import EventQueue

SCHEMES = ("Token token=", "Bearer ")
EVENTS = "/v2/"


class Gateway(kit.Gateway[PagerState, str]):
    """The account. Everything below `/v2` is the Events API, which has another host at the vendor."""

    filters = frozenset({"incident_key", "service_ids[]", "statuses[]", "urgencies[]", "alert_key"})

    def __init__(self, state: PagerState, faults: Faults, ledger: Ledger, queue: EventQueue, scale: float) -> None:
        routes = {**resources.routes(), **Incidents(faults).routes(), **Subscriptions(queue).routes()}
        super().__init__(state, faults, ledger, Router(routes), scale=scale)
        self._limit = ReportedLimit(state.now, lambda: state.behaviour.requests_per_minute)
        self.events = EventsGateway(state, faults, ledger, scale)

    async def answer(self, request: Request) -> Response:
        if f"/{request.path_params['path']}".startswith(EVENTS):
            return await self.events.answer(request)
        response = await super().answer(merged(request))
        key = self._key(request)
        if key is not None:
            response.headers.update(self._limit.headers(key))
        return response

    def api_path(self, path: str) -> str | None:
        return path

    def admit(self, request: Request, path: str) -> str:
        key = self._key(request)
        if key is None:
            raise failure(401, "Authentication failed", 2006)
        if self._limit.spend(key) is not None:
            raise self.too_many_requests(0)
        return key

    def caller(self, actor: str) -> str:
        return "api_key"

    def hang_seconds(self) -> float:
        return self.state.behaviour.hang_seconds

    def missing_path(self, *, method_only: bool) -> ApiError:
        return failure(404, "Not Found", 2100)

    def too_many_requests(self, seconds: int) -> ApiError:
        """The time is in `ratelimit-reset`; there is no `Retry-After`."""
        return failure(429, "Rate Limit Exceeded", 2020)

    def server_error(self) -> ApiError:
        return failure(500, "An internal error has occurred. PagerDuty team has been notified.", 2000)

    def bad_body(self, reason: str) -> ApiError:
        return failure(400, "Invalid Input Provided", 2001, [f"The body is not JSON: {reason}"])

    def missing_page(self) -> Reply:
        return Reply(404, content=b"", media_type=None)

    def _key(self, request: Request) -> str | None:
        """The key that the request carries, if it is one of the account's."""
        authorization = request.headers.get("authorization", "")
        scheme = next((one for one in SCHEMES if authorization.startswith(one)), None)
        given = authorization.removeprefix(scheme or "").strip('"')
        keys = self.state.account.api_keys
        return next((key for key in keys if scheme and compare_digest(key.encode(), given.encode())), None)
