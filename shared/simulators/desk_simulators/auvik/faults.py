"""Faults of the simulated Auvik: those of every simulator, with answers in the vendor's words."""

from dataclasses import dataclass

from desk_simulators.kit import faults as kit
from desk_simulators.kit.http.call import Reply
from desk_simulators.kit.scripts import Scripts

MEDIA_TYPE = "application/vnd.api+json"


def _failure(status: int, title: str) -> Reply:
    return Reply(status, {"errors": [{"status": str(status), "title": title}]}, media_type=MEDIA_TYPE)


ANSWERS = {
    "unauthorized": Reply(401, content=b"", media_type=None),
    "forbidden": _failure(403, "Forbidden"),
    "not-found": _failure(404, "Not Found"),
    "bad-request": _failure(400, "Bad Request"),
    "moved": Reply(308, headers={"Location": "https://auvikapi.us2.my.auvik.com/v1/tenants"}, content=b""),
    "server-error": Reply(500, content=b"", media_type=None),
    "unavailable": Reply(503, content=b"", media_type=None),
    "error-with-200": _failure(200, "Internal error"),
}


@dataclass
class Faults(kit.Faults):
    def make_scripts(self) -> Scripts:
        return Scripts(ANSWERS)
