"""The simulator's own endpoints under `/_simulator`: faults, ledger, technicians. No part of the contract."""

import inspect
from collections.abc import Callable
from typing import Any, Protocol

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from desk_simulators.connectwise.callbacks.delivery import Delivery
from desk_simulators.connectwise.errors import ApiError
from desk_simulators.connectwise.faults import Faults
from desk_simulators.connectwise.ledger import Ledger
from desk_simulators.connectwise.state import PsaState
from desk_simulators.connectwise.table import Record
from desk_simulators.connectwise.technician import Technician

Act = Callable[..., Record]
ACTS: dict[str, Act] = {
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


class Controlled(Protocol):
    """What the control endpoints need of a simulator."""

    state: PsaState
    faults: Faults
    ledger: Ledger
    delivery: Delivery


class Control:
    def __init__(self, simulator: Controlled) -> None:
        self._simulator = simulator

    def routes(self) -> list[Route]:
        return [
            Route("/_simulator/health", self.health, methods=["GET"]),
            Route("/_simulator/faults", self.faults, methods=["GET", "PUT", "PATCH", "DELETE"]),
            Route("/_simulator/faults/once", self.fault_once, methods=["POST"]),
            Route("/_simulator/faults/scripts", self.scripts, methods=["GET", "POST", "DELETE"]),
            Route("/_simulator/faults/alterations", self.alterations, methods=["POST"]),
            Route("/_simulator/ledger", self.ledger, methods=["GET", "DELETE"]),
            Route("/_simulator/deliver", self.deliver, methods=["POST"]),
            Route("/_simulator/technician", self.acts, methods=["GET"]),
            Route("/_simulator/technician/{member}/{act}", self.technician, methods=["POST"]),
        ]

    async def health(self, request: Request) -> JSONResponse:
        state = self._simulator.state
        return JSONResponse({"status": "ready", "tickets": len(state.table("ticket")), "revision": state.revision})

    async def faults(self, request: Request) -> JSONResponse:
        """PUT turns all knobs (those left out go back to off), PATCH some, DELETE turns everything off."""
        faults = self._simulator.faults
        if request.method in ("PUT", "PATCH"):
            values = await _object(request)
            defaults = Faults(seed=faults.seed).knobs() if request.method == "PUT" else {}
            try:
                faults.change({**defaults, **values})
            except ValueError as error:
                return _refused(str(error))
        elif request.method == "DELETE":
            faults.reset()
        return JSONResponse({**faults.knobs(), "once": faults.waiting()})

    async def fault_once(self, request: Request) -> JSONResponse:
        values = await _object(request)
        try:
            self._simulator.faults.once(**values)
        except (TypeError, ValueError) as error:
            return _refused(f"{error}; give kind and, if wanted, method and path")
        return JSONResponse({"once": self._simulator.faults.waiting()}, 201)

    async def scripts(self, request: Request) -> JSONResponse:
        """GET lists answers by script and damaged records, POST adds an answer, DELETE ends all of them."""
        scripts = self._simulator.faults.scripts
        if request.method == "DELETE":
            scripts.clear()
        elif request.method == "POST":
            return await self._added(request, scripts.answer, "give answer and, if wanted, method, path and times")
        return JSONResponse(scripts.waiting())

    async def alterations(self, request: Request) -> JSONResponse:
        """One more record that is answered damaged."""
        alter = self._simulator.faults.scripts.alter
        return await self._added(request, alter, "give path, record and changes (an object) or missing (a list)")

    async def _added(self, request: Request, add: Callable[..., None], remedy: str) -> JSONResponse:
        values = await _object(request)
        try:
            add(**values)
        except (AttributeError, TypeError, ValueError) as error:
            return _refused(f"{error}; {remedy}")
        return JSONResponse(self._simulator.faults.scripts.waiting(), 201)

    async def ledger(self, request: Request) -> JSONResponse:
        """`after` and `limit` page through it by `seq`."""
        ledger = self._simulator.ledger
        if request.method == "DELETE":
            ledger.clear()
        try:
            after, limit = (
                int(request.query_params.get(name, preset)) for name, preset in (("after", 0), ("limit", 1000))
            )
        except ValueError:
            return _refused("after and limit must be whole numbers")
        return JSONResponse(ledger.page(after, limit))

    async def deliver(self, request: Request) -> JSONResponse:
        return JSONResponse({"attempts": await self._simulator.delivery.pump()})

    async def acts(self, request: Request) -> JSONResponse:
        members = [member["identifier"] for member in self._simulator.state.table("member")]
        acts = {name: list(inspect.signature(act).parameters)[1:] for name, act in ACTS.items()}
        return JSONResponse({"members": members, "acts": acts})

    async def technician(self, request: Request) -> JSONResponse:
        act = ACTS.get(request.path_params["act"])
        if act is None:
            return _refused(f"unknown act {request.path_params['act']!r}; known: {', '.join(ACTS)}", 404)
        values = await _object(request)
        try:
            technician = Technician(self._simulator.state, request.path_params["member"])
            inspect.signature(act).bind(technician, **values)
            return JSONResponse(act(technician, **values))
        except ApiError as error:
            return JSONResponse(error.body(), error.status)
        except KeyError as error:
            return _refused(str(error.args[0]), 404)
        except (TypeError, ValueError) as error:
            return _refused(str(error))


async def _object(request: Request) -> dict[str, Any]:
    """The JSON object of the body; no body counts as an empty one."""
    if not await request.body():
        return {}
    try:
        body = await request.json()
    except ValueError as error:
        raise HTTPException(400, f"the body is not JSON: {error}") from error
    if not isinstance(body, dict):
        raise HTTPException(400, "the body must be a JSON object")
    return body


def _refused(message: str, status: int = 400) -> JSONResponse:
    return JSONResponse({"error": message}, status)
