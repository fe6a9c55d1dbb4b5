"""The public API v2 on the request pipeline of the kit: no credentials, weak entity tags, a short edge cache."""

from hashlib import sha256

from starlette.requests import Request

from desk_simulators.kit.errors import ApiError
from desk_simulators.kit.http import call as kit_call
from desk_simulators.kit.http import gateway as kit
from desk_simulators.kit.http.call import Reply
from desk_simulators.kit.http.routes import Router
from desk_simulators.kit.ledger import Ledger
from desk_simulators.kit.rate_limit import RateLimit
from desk_simulators.statuspage.faults import Faults
from desk_simulators.statuspage.http.documents import DOCUMENTS, Document
from desk_simulators.statuspage.http.feeds import atom, rss
from desk_simulators.statuspage.state import PageState

ROOT = "api/v2/"
VISITOR = "visitor"
CACHED = {"Cache-Control": "max-age=0, private, must-revalidate", "Access-Control-Allow-Origin": "*"}
Call = kit_call.Call[PageState, str]


class Gateway(kit.Gateway[PageState, str]):
    """The page. Everyone may read it; nobody may write."""

    def __init__(self, state: PageState, faults: Faults, ledger: Ledger) -> None:
        routes = {("GET", f"{ROOT}{path}"): _answered(document) for path, document in DOCUMENTS.items()}
        feeds = {
            ("GET", "history.rss"): lambda call: rss(call.state, _origin(call)),
            ("GET", "history.atom"): lambda call: atom(call.state, _origin(call)),
        }
        super().__init__(state, faults, ledger, Router(routes | feeds))
        self._limit = RateLimit(state.now, lambda: state.behaviour.requests_per_minute)

    def api_path(self, path: str) -> str | None:
        return path

    def admit(self, request: Request, path: str) -> str:
        seconds = self._limit.spend()
        if seconds is not None:
            raise self.too_many_requests(seconds)
        return VISITOR

    def caller(self, actor: str) -> str:
        return actor

    def hang_seconds(self) -> float:
        return self.state.behaviour.hang_seconds

    def refused(self, error: ApiError) -> Reply:
        """Refusals have an empty body and no content type."""
        reply = super().refused(error)
        return Reply(reply.status, headers=reply.headers, content=b"", media_type=None)

    def missing_path(self, *, method_only: bool) -> ApiError:
        return ApiError(404, None, "no such document")

    def too_many_requests(self, seconds: int) -> ApiError:
        return ApiError(429, None, "too many requests", {"Retry-After": str(seconds)})

    def server_error(self) -> ApiError:
        return ApiError(500, None, "server error")

    def bad_body(self, reason: str) -> ApiError:
        return ApiError(400, None, reason)

    def missing_page(self) -> Reply:
        return Reply(404, content=b"", media_type=None)


def _answered(document: Document) -> kit_call.Handler[PageState, str]:
    """The document with its weak entity tag, or 304 to a caller that has it."""

    def handle(call: Call) -> Reply:
        reply = Reply(200, document(call.state, _origin(call)))
        tag = f'W/"{sha256(reply.raw()).hexdigest()[:32]}"'
        headers = {**CACHED, "ETag": tag}
        if tag in [one.strip() for one in call.headers.get("if-none-match", "").split(",")]:
            return Reply(304, headers=headers, content=b"", media_type=None)
        return Reply(200, reply.body, headers)

    return handle


def _origin(call: Call) -> str:
    """Scheme, host and port under which the page was reached."""
    return "/".join(call.url.split("/")[:3])
