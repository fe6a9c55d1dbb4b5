"""Faults of the simulated NinjaOne: those of every simulator, with answers in the vendor's words."""

from dataclasses import dataclass

from desk_simulators.kit import faults as kit
from desk_simulators.kit.http.call import Reply
from desk_simulators.kit.scripts import Scripts


def _failure(status: int, message: str) -> Reply:
    return Reply(status, {"resultCode": "FAILURE", "errorMessage": message, "incidentId": "simulated"})


ANSWERS = {
    "unauthorized": _failure(401, "Unauthorized"),
    "forbidden": _failure(403, "Forbidden"),
    "not-found": _failure(404, "not_found"),
    "conflict": _failure(409, "conflict"),
    "server-error": _failure(500, "Internal server error"),
    "error-with-200": _failure(200, "Internal server error"),
    "invalid-client": Reply(401, {"error": "invalid_client"}),
    "false": Reply(200, False),
}


@dataclass
class Faults(kit.Faults):
    def make_scripts(self) -> Scripts:
        return Scripts(ANSWERS)
