"""Control endpoints of the simulated NinjaOne: those of every simulator, acts of the fleet, credentials."""

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from desk_simulators.kit.http.control import PREFIX, json_object, parameters, perform, refused
from desk_simulators.kit.oauth import TokenIssuer
from desk_simulators.ninjaone.fleet import Fleet
from desk_simulators.ninjaone.state import NinjaState

ACTS: dict[str, Callable[..., Any]] = {
    "raise_alert": Fleet.raise_alert,
    "reset_alert": Fleet.reset_alert,
    "install_os_patch": Fleet.install_os_patch,
    "install_software_patch": Fleet.install_software_patch,
    "install_software": Fleet.install_software,
    "remove_software": Fleet.remove_software,
    "reboot": Fleet.reboot,
    "log_on": Fleet.log_on,
    "run_script": Fleet.run_script,
    "change_policy": Fleet.change_policy,
    "set_offline": Fleet.set_offline,
    "add_device": Fleet.add_device,
    "move_device": Fleet.move_device,
    "remove_device": Fleet.remove_device,
}


class FleetControl:
    def __init__(self, state: NinjaState, tokens: TokenIssuer) -> None:
        self._state = state
        self._tokens = tokens

    def routes(self) -> list[Route]:
        return [
            Route(f"{PREFIX}/fleet", self.acts, methods=["GET"]),
            Route(f"{PREFIX}/fleet/{{act}}", self.act, methods=["POST"]),
            Route(f"{PREFIX}/credentials/rotate", self.rotate, methods=["POST"]),
            Route(f"{PREFIX}/credentials/revoke", self.revoke, methods=["POST"]),
        ]

    async def acts(self, request: Request) -> JSONResponse:
        names = {row["id"]: row["displayName"] for row in self._state.table("device")}
        return JSONResponse({"devices": names, "acts": parameters(ACTS)})

    async def act(self, request: Request) -> JSONResponse:
        return await perform(request, ACTS, lambda: Fleet(self._state))

    async def rotate(self, request: Request) -> JSONResponse:
        """`{client_id, secret, keep_old}`: a new secret; without `keep_old` the old one and its tokens end at once."""
        values = await json_object(request)
        client_id, secret = values.get("client_id"), values.get("secret")
        if client_id not in self._tokens.applications or not isinstance(secret, str) or not secret:
            return refused(f"give client_id (one of {', '.join(self._tokens.applications)}) and secret")
        self._tokens.rotate(client_id, secret, keep_old=bool(values.get("keep_old")))
        return JSONResponse({"rotated": client_id})

    async def revoke(self, request: Request) -> JSONResponse:
        """Every token issued so far stops being valid."""
        self._tokens.revoke_all()
        return JSONResponse({"revoked": "all"})
