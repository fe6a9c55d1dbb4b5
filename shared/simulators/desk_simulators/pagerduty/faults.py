"""Faults of the simulated PagerDuty: those of every simulator, with answers in the vendor's words."""

from dataclasses import dataclass

from desk_simulators.kit import faults as kit
from desk_simulators.kit.http.call import Reply
from desk_simulators.kit.scripts import Scripts


def _failure(status: int, message: str, code: int) -> Reply:
    return Reply(status, {"error": {"message": message, "code": code}})


ANSWERS = {
    "unauthorized": _failure(401, "Authentication failed", 2006),
    "forbidden": _failure(403, "Access Denied", 2010),
    "payment-required": _failure(402, "Missing Account Ability", 2014),
    "not-found": _failure(404, "Not Found", 2100),
    "server-error": _failure(500, "An internal error has occurred. PagerDuty team has been notified.", 2000),
    "error-with-200": _failure(200, "An internal error has occurred. PagerDuty team has been notified.", 2000),
    "accepted-and-lost": Reply(202, {"status": "success", "message": "Event processed", "dedup_key": "lost"}),
}


@dataclass
class Faults(kit.Faults):
    def make_scripts(self) -> Scripts:
        return Scripts(ANSWERS)
