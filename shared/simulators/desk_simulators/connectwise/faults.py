"""Faults of the simulated PSA: those of every simulator, its codebase, and answers in the vendor's words."""

from dataclasses import dataclass

from desk_simulators.kit import faults as kit
from desk_simulators.kit.http.call import JSON, TEXT, Reply
from desk_simulators.kit.scripts import HTML, LOGIN, Scripts

ROUTER = "Cannot route. Codebase/company is invalid"


def _problem(status: int, code: str, message: str) -> Reply:
    return Reply(status, {"code": code, "message": message, "errors": None}, media_type=JSON)


ANSWERS = {
    "unauthorized": _problem(401, "Unauthorized", "Invalid company, public key or private key."),
    "forbidden": _problem(403, "Security", "You do not have security permission to perform this action."),
    "not-found": _problem(404, "NotFound", "The record was not found."),
    "no-endpoint": _problem(404, "ConnectWiseApi", "The endpoint does not exist."),
    "conflict": _problem(409, "ConnectWiseApi", "Conflict: record possibly in use."),
    "server-error": _problem(500, "InternalServerError", "An error occurred."),
    "router": Reply(400, media_type=TEXT, content=ROUTER.encode()),
    "login-page": Reply(302, headers={"Location": "/login/login.aspx"}, media_type=HTML, content=LOGIN.encode()),
}


@dataclass
class Faults(kit.Faults):
    """`codebase` replaces the installed one: calls under the former path get 404 until it is looked up again."""

    codebase: str | None = None

    def make_scripts(self) -> Scripts:
        return Scripts(ANSWERS)

    def check(self, name: str, value: object) -> None:
        if name != "codebase":
            super().check(name, value)
        elif value is not None and not (isinstance(value, str) and value.endswith("/")):
            raise ValueError("codebase must be null or a text such as 'v2025_2/' that ends with a slash")
