"""Control endpoints of the simulated page: those of every simulator, and acts of its owner."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from desk_simulators.kit.http.control import PREFIX, parameters, perform
from desk_simulators.statuspage.owner import PageOwner
from desk_simulators.statuspage.state import PageState

ACTS: dict[str, Callable[..., object]] = {
    "report": PageOwner.report,
    "post_update": PageOwner.post_update,
    "edit_update": PageOwner.edit_update,
    "rename": PageOwner.rename,
    "remove": PageOwner.remove,
    "restore": PageOwner.restore,
    "schedule": PageOwner.schedule,
    "set_component": PageOwner.set_component,
}


class PageControl:
    def __init__(self, owner: PageOwner, state: PageState) -> None:
        self._owner = owner
        self._state = state

    def routes(self) -> list[Route]:
        return [
            Route(f"{PREFIX}/page", self.acts, methods=["GET"]),
            Route(f"{PREFIX}/page/{{act}}", self.act, methods=["POST"]),
        ]

    async def acts(self, request: Request) -> JSONResponse:
        names = {
            table: {row["id"]: row["name"] for row in self._state.records(table)}
            for table in ("component", "incident", "maintenance")
        }
        return JSONResponse({**names, "acts": parameters(ACTS)})

    async def act(self, request: Request) -> JSONResponse:
        return await perform(request, ACTS, lambda: self._owner)
