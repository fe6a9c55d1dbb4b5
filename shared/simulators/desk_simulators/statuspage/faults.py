"""Faults of the simulated page: those of every simulator, with bodies that pages were seen to answer."""

from dataclasses import dataclass

from desk_simulators.kit import faults as kit
from desk_simulators.kit.http.call import Reply
from desk_simulators.kit.scripts import Scripts

ANSWERS = {
    "empty": Reply(200, content=b""),
    "torn": Reply(200, content=b'{"page":{"id":"ab12cd34ef56","name":"Example Cloud","url":"https://sta'),
    "other-product": Reply(200, {"incidents": [], "scheduled_maintenances": []}),
    "not-found": Reply(404, content=b"", media_type=None),
    "moved": Reply(301, headers={"Location": "https://status.example.org/"}, content=b"", media_type=None),
    "server-error": Reply(500, content=b"", media_type=None),
    "error-with-200": Reply(200, {"error": "Something went wrong"}),
}


@dataclass
class Faults(kit.Faults):
    def make_scripts(self) -> Scripts:
        return Scripts(ANSWERS)
