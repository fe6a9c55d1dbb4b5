"""Faults of the simulated IT Glue: those of every simulator, with answers in the vendor's words."""

from dataclasses import dataclass

from desk_simulators.kit import faults as kit
from desk_simulators.kit.http.call import Reply
from desk_simulators.kit.scripts import HTML, Scripts

MEDIA_TYPE = "application/vnd.api+json"
PAGE = "<html><body><h1>The page you were looking for doesn't exist.</h1></body></html>"


def _failure(status: int, title: str) -> Reply:
    return Reply(status, {"errors": [{"title": title, "status": str(status), "detail": title}]}, media_type=MEDIA_TYPE)


ANSWERS = {
    "unauthorized": _failure(401, "Unauthorized"),
    "forbidden": _failure(403, "Forbidden"),
    "not-found": _failure(404, "Not Found"),
    "unknown-path": Reply(404, content=PAGE.encode(), media_type=HTML),
    "bad-request": _failure(400, "Bad Request"),
    "server-error": _failure(500, "Internal Server Error"),
    "unavailable": Reply(503, content=b"", media_type=None),
    "error-with-200": _failure(200, "Internal Server Error"),
}


@dataclass
class Faults(kit.Faults):
    def make_scripts(self) -> Scripts:
        return Scripts(ANSWERS)
