"""Control endpoints of the simulated account: those of every simulator, acts at the account, secrets and API keys."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from desk_simulators.kit.http.control import PREFIX, json_object, parameters, perform, refused
from desk_simulators.pagerduty.pager import Pager
from desk_simulators.pagerduty.state import PagerState

ACTS: dict[str, Callable[..., object]] = {
    "process": Pager.process,
    "trigger": Pager.trigger,
    "notify": Pager.notify,
    "acknowledge": Pager.acknowledge,
    "unacknowledge": Pager.unacknowledge,
    "escalate": Pager.escalate,
    "resolve": Pager.resolve,
}


class PagerControl:
    def __init__(self, pager: Pager, state: PagerState) -> None:
        self._pager = pager
        self._state = state

    def routes(self) -> list[Route]:
        return [
            Route(f"{PREFIX}/pager", self.acts, methods=["GET"]),
            Route(f"{PREFIX}/pager/{{act}}", self.act, methods=["POST"]),
            Route(f"{PREFIX}/webhook_subscriptions/{{name}}/secret", self.secret, methods=["POST"]),
            Route(f"{PREFIX}/credentials/rotate", self.rotate, methods=["POST"]),
        ]

    async def acts(self, request: Request) -> JSONResponse:
        incidents = {row["id"]: f"{row['status']}: {row['title']}" for row in self._pager.incidents()}
        services = {row["id"]: row["name"] for row in self._state.records("service")}
        users = {row["id"]: row["name"] for row in self._state.records("user")}
        listed = {"incidents": incidents, "services": services, "users": users}
        return JSONResponse({**listed, "waiting": len(self._state.waiting), "acts": parameters(ACTS)})

    async def act(self, request: Request) -> JSONResponse:
        return await perform(request, ACTS, lambda: self._pager)

    async def secret(self, request: Request) -> JSONResponse:
        """`{secrets: [...]}`: webhooks of the subscription are signed with each of them, as while one is rotated."""
        given = (await json_object(request)).get("secrets")
        row = self._state.table("webhook_subscription").first("record/id", request.path_params["name"])
        if row is None or row["removed"]:
            return refused("no such subscription", 404)
        if not isinstance(given, list) or not given or not all(isinstance(one, str) and one for one in given):
            return refused("give secrets, a list of texts")
        method = {**row["record"]["delivery_method"], "secrets": given}
        self._state.put("webhook_subscription", {**row["record"], "delivery_method": method})
        return JSONResponse({"secrets": len(given)})

    async def rotate(self, request: Request) -> JSONResponse:
        """`{api_key}`: the account has a new API key; the old ones end at once."""
        key = (await json_object(request)).get("api_key")
        if not isinstance(key, str) or not key:
            return refused("give api_key")
        self._state.account.api_keys[:] = [key]
        return JSONResponse({"rotated": True})
