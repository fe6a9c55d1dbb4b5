"""Control endpoints of the simulated PSA: those of every simulator, and technicians at work."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from desk_simulators.connectwise.state import PsaState
from desk_simulators.connectwise.technician import Technician
from desk_simulators.kit.http.control import PREFIX, parameters, perform
from desk_simulators.kit.table import Record

ACTS: dict[str, Callable[..., Record]] = {
    "open_ticket": Technician.open_ticket,
    "set_status": Technician.set_status,
    "assign": Technician.assign,
    "change_priority": Technician.change_priority,
    "change_impact": Technician.change_impact,
    "change_severity": Technician.change_severity,
    "change_summary": Technician.change_summary,
    "add_note": Technician.add_note,
    "add_time": Technician.add_time,
    "merge": Technician.merge,
    "delete": Technician.delete,
    "close": Technician.close,
    "reopen": Technician.reopen,
    "move_board": Technician.move_board,
}


class TechnicianControl:
    def __init__(self, state: PsaState) -> None:
        self._state = state

    def routes(self) -> list[Route]:
        return [
            Route(f"{PREFIX}/technician", self.acts, methods=["GET"]),
            Route(f"{PREFIX}/technician/{{member}}/{{act}}", self.act, methods=["POST"]),
        ]

    async def acts(self, request: Request) -> JSONResponse:
        members = [member["identifier"] for member in self._state.table("member")]
        return JSONResponse({"members": members, "acts": parameters(ACTS)})

    async def act(self, request: Request) -> JSONResponse:
        return await perform(request, ACTS, lambda: Technician(self._state, request.path_params["member"]))
