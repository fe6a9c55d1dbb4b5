"""Control endpoints of the simulated account: those of every simulator, acts of its users, the API key."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from desk_simulators.itglue.editor import Editor
from desk_simulators.itglue.state import ItGlueState
from desk_simulators.kit.http.control import PREFIX, json_object, parameters, perform, refused

ACTS: dict[str, Callable[..., object]] = {
    "add_organization": Editor.add_organization,
    "add_configuration": Editor.add_configuration,
    "archive_configuration": Editor.archive_configuration,
    "remove_configuration": Editor.remove_configuration,
    "add_asset_type": Editor.add_asset_type,
    "add_asset": Editor.add_asset,
    "add_folder": Editor.add_folder,
    "add_document": Editor.add_document,
    "rename_document": Editor.rename_document,
    "publish_document": Editor.publish_document,
    "remove_document": Editor.remove_document,
    "add_section": Editor.add_section,
    "edit_section": Editor.edit_section,
    "remove_section": Editor.remove_section,
    "relate": Editor.relate,
}


class EditorControl:
    def __init__(self, editor: Editor, state: ItGlueState) -> None:
        self._editor = editor
        self._state = state

    def routes(self) -> list[Route]:
        return [
            Route(f"{PREFIX}/editor", self.acts, methods=["GET"]),
            Route(f"{PREFIX}/editor/{{act}}", self.act, methods=["POST"]),
            Route(f"{PREFIX}/credentials/rotate", self.rotate, methods=["POST"]),
        ]

    async def acts(self, request: Request) -> JSONResponse:
        documents = {row["id"]: row["attributes"]["name"] for row in self._editor.documents()}
        return JSONResponse({"documents": documents, "acts": parameters(ACTS)})

    async def act(self, request: Request) -> JSONResponse:
        return await perform(request, ACTS, lambda: self._editor)

    async def rotate(self, request: Request) -> JSONResponse:
        """`{api_key}`: the account has a new key; the old one ends at once."""
        key = (await json_object(request)).get("api_key")
        if not isinstance(key, str) or not key:
            return refused("give api_key, a text")
        self._state.account.api_key = key
        return JSONResponse({"rotated": True})
