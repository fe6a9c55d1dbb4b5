"""Control endpoints of the simulated account: those of every simulator, acts in the network, webhook, API keys."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from desk_simulators.auvik.network import Network
from desk_simulators.auvik.state import AuvikState
from desk_simulators.kit.http.control import PREFIX, json_object, parameters, perform, refused

ACTS: dict[str, Callable[..., object]] = {
    "add_device": Network.add_device,
    "connect": Network.connect,
    "set_status": Network.set_status,
    "remove_device": Network.remove_device,
    "raise_alert": Network.raise_alert,
    "clear_alert": Network.clear_alert,
    "dismiss_alert": Network.dismiss_alert,
}


class NetworkControl:
    def __init__(self, network: Network, state: AuvikState) -> None:
        self._network = network
        self._state = state

    def routes(self) -> list[Route]:
        return [
            Route(f"{PREFIX}/network", self.acts, methods=["GET"]),
            Route(f"{PREFIX}/network/{{act}}", self.act, methods=["POST"]),
            Route(f"{PREFIX}/webhook", self.webhook, methods=["PUT", "DELETE"]),
            Route(f"{PREFIX}/credentials/rotate", self.rotate, methods=["POST"]),
        ]

    async def acts(self, request: Request) -> JSONResponse:
        devices = {row["id"]: row["attributes"]["deviceName"] for row in self._network.devices()}
        alerts = {row["id"]: row["attributes"]["name"] for row in self._network.open_alerts()}
        return JSONResponse({"devices": devices, "alerts": alerts, "acts": parameters(ACTS)})

    async def act(self, request: Request) -> JSONResponse:
        return await perform(request, ACTS, lambda: self._network)

    async def webhook(self, request: Request) -> JSONResponse:
        """PUT `{url}`: alerts are posted there, as a user of the console configures it; DELETE ends it."""
        url = (await json_object(request)).get("url") if request.method == "PUT" else None
        if request.method == "PUT" and (not isinstance(url, str) or not url.startswith(("http://", "https://"))):
            return refused("give url, an absolute http or https address")
        self._state.webhook = url if isinstance(url, str) else None
        self._state.revision += 1
        return JSONResponse({"webhook": self._state.webhook})

    async def rotate(self, request: Request) -> JSONResponse:
        """`{username, api_key}`: the user has a new key; the old one ends at once."""
        values = await json_object(request)
        user, key = values.get("username"), values.get("api_key")
        if user not in self._state.account.keys or not isinstance(key, str) or not key:
            return refused(f"give username (one of {', '.join(self._state.account.keys)}) and api_key")
        self._state.account.keys[user] = key
        return JSONResponse({"rotated": user})
