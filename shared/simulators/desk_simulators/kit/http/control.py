"""Control endpoints of a simulator under `/_simulator`: health, faults, ledger, delivery. No part of any contract."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from desk_simulators.kit.errors import ApiError
from desk_simulators.kit.faults import Faults
from desk_simulators.kit.ledger import Ledger

PREFIX = "/_simulator"


class Controlled(Protocol):
    """The parts of a simulator that the control endpoints use."""

    @property
    def faults(self) -> Faults: ...

    @property
    def ledger(self) -> Ledger: ...

    def health(self) -> dict[str, Any]: ...

    async def deliver_pending(self, limit: int | None = None) -> int: ...


class Control:
    """Endpoints that every simulator has; a vendor's own acts are added to its routes."""

    def __init__(self, simulator: Controlled) -> None:
        self._simulator = simulator

    def routes(self) -> list[Route]:
        return [
            Route(f"{PREFIX}/health", self.health, methods=["GET"]),
            Route(f"{PREFIX}/faults", self.faults, methods=["GET", "PUT", "PATCH", "DELETE"]),
            Route(f"{PREFIX}/faults/once", self.fault_once, methods=["POST"]),
            Route(f"{PREFIX}/faults/scripts", self.scripts, methods=["GET", "POST", "DELETE"]),
            Route(f"{PREFIX}/faults/alterations", self.alterations, methods=["POST"]),
            Route(f"{PREFIX}/ledger", self.ledger, methods=["GET", "DELETE"]),
            Route(f"{PREFIX}/deliver", self.deliver, methods=["POST"]),
        ]

    async def health(self, request: Request) -> JSONResponse:
        return JSONResponse({"status": "ready", **self._simulator.health()})

    async def faults(self, request: Request) -> JSONResponse:
        """PUT turns all knobs (those left out go back to off), PATCH some, DELETE turns everything off."""
        faults = self._simulator.faults
        if request.method in ("PUT", "PATCH"):
            values = await json_object(request)
            defaults = type(faults)(seed=faults.seed).knobs() if request.method == "PUT" else {}
            try:
                faults.change({**defaults, **values})
            except ValueError as error:
                return refused(str(error))
        elif request.method == "DELETE":
            faults.reset()
        return JSONResponse({**faults.knobs(), "once": faults.waiting()})

    async def fault_once(self, request: Request) -> JSONResponse:
        values = await json_object(request)
        try:
            self._simulator.faults.once(**values)
        except (TypeError, ValueError) as error:
            return refused(f"{error}; give kind and, if wanted, method and path")
        return JSONResponse({"once": self._simulator.faults.waiting()}, 201)

    async def scripts(self, request: Request) -> JSONResponse:
        """GET lists scripted answers and damaged records, POST adds an answer, DELETE ends all of them."""
        scripts = self._simulator.faults.scripts
        if request.method == "DELETE":
            scripts.clear()
        elif request.method == "POST":
            remedy = "give answer and, if wanted, method, path, times and skip"
            return await self._added(request, scripts.answer, remedy)
        return JSONResponse(scripts.waiting())

    async def alterations(self, request: Request) -> JSONResponse:
        """One more record that is answered damaged."""
        alter = self._simulator.faults.scripts.alter
        return await self._added(request, alter, "give path, record and changes (an object) or missing (a list)")

    async def _added(self, request: Request, add: Callable[..., None], remedy: str) -> JSONResponse:
        values = await json_object(request)
        try:
            add(**values)
        except (AttributeError, TypeError, ValueError) as error:
            return refused(f"{error}; {remedy}")
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
            return refused("after and limit must be whole numbers")
        return JSONResponse(ledger.page(after, limit))

    async def deliver(self, request: Request) -> JSONResponse:
        return JSONResponse({"attempts": await self._simulator.deliver_pending()})


def parameters(acts: Mapping[str, Callable[..., object]]) -> dict[str, list[str]]:
    """Names of the parameters of each act, without `self`."""
    return {name: list(inspect.signature(act).parameters)[1:] for name, act in acts.items()}


async def perform(
    request: Request, acts: Mapping[str, Callable[..., object]], who: Callable[[], object]
) -> JSONResponse:
    """Run the act named in the path with the body's values on the object that `who` gives.

    400 for values that it does not take, 404 for an unknown act or person, the API's own refusal as it is.
    """
    name = request.path_params["act"]
    act = acts.get(name)
    if act is None:
        return refused(f"unknown act {name!r}; known: {', '.join(acts)}", 404)
    values = await json_object(request)
    try:
        target = who()
        inspect.signature(act).bind(target, **values)
        return JSONResponse(act(target, **values))
    except ApiError as error:
        return JSONResponse(error.body(), error.status)
    except KeyError as error:
        return refused(str(error.args[0]), 404)
    except (TypeError, ValueError) as error:
        return refused(str(error))


async def json_object(request: Request) -> dict[str, Any]:
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


def refused(message: str, status: int = 400) -> JSONResponse:
    return JSONResponse({"error": message}, status)
