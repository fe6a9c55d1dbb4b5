"""Answers by script: what a path answers instead of its handler, and records that are answered damaged.

These play what installations do: roles granted by function and board, endpoints that a release lacks, the cloud
router during an upgrade, a login page in place of an answer, records with fields that are null or missing.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from desk_simulators.connectwise.http.call import JSON, TEXT, Reply

HTML = "text/html"
LOGIN = "<html><body>Please sign in.</body></html>"
ROUTER = "Cannot route. Codebase/company is invalid"


def _problem(status: int, code: str, message: str) -> tuple[int, str, bytes, dict[str, str]]:
    body = json.dumps({"code": code, "message": message, "errors": None}).encode()
    return status, JSON, body, {}


ANSWERS: Mapping[str, tuple[int, str, bytes, dict[str, str]]] = {
    "unauthorized": _problem(401, "Unauthorized", "Invalid company, public key or private key."),
    "forbidden": _problem(403, "Security", "You do not have security permission to perform this action."),
    "not-found": _problem(404, "NotFound", "The record was not found."),
    "no-endpoint": _problem(404, "ConnectWiseApi", "The endpoint does not exist."),
    "conflict": _problem(409, "ConnectWiseApi", "Conflict: record possibly in use."),
    "server-error": _problem(500, "InternalServerError", "An error occurred."),
    "router": (400, TEXT, ROUTER.encode(), {}),
    "login-page": (302, HTML, LOGIN.encode(), {"Location": "/login/login.aspx"}),
    "html": (200, HTML, LOGIN.encode(), {}),
    "cut": (200, JSON, b'[{"id": 1, "na', {}),
    "null": (200, JSON, b"null", {}),
}
"""Status, media type, body and headers by name."""


@dataclass(slots=True)
class Script:
    """`path` is below the API root, `*` stands for anything in it; `times` None is until the scripts are cleared."""

    answer: str
    method: str = ""
    path: str = "*"
    times: int | None = None

    def meets(self, method: str, path: str) -> bool:
        return self.times != 0 and self.method in ("", method) and fnmatchcase(path.lower(), self.path.lower())


@dataclass(slots=True)
class Alteration:
    """How one record of the collection at `path` is answered, alone and in lists; nothing is changed in the PSA."""

    path: str
    record: int
    changes: dict[str, Any] = field(default_factory=dict)
    missing: tuple[str, ...] = ()

    def applied(self, record: Any) -> Any:
        if not isinstance(record, dict) or record.get("id") != self.record:
            return record
        kept = {name: value for name, value in record.items() if name not in self.missing}
        return {**kept, **self.changes}


class Scripts:
    """The scripts in force, in the order in which they were given: the first that meets a call answers it."""

    def __init__(self) -> None:
        self._scripts: list[Script] = []
        self._alterations: list[Alteration] = []

    def answer(self, answer: str, method: str = "", path: str = "*", times: int | None = None) -> None:
        """Answer matching calls so. Raises ValueError for an unknown answer or a count that is no count."""
        if answer not in ANSWERS:
            raise ValueError(f"unknown answer {answer!r}; use one of {', '.join(ANSWERS)}")
        if times is not None and (isinstance(times, bool) or not isinstance(times, int) or times < 1):
            raise ValueError("times must be a whole number from 1, or null for always")
        self._scripts.append(Script(answer, method, path.strip("/"), times))

    def alter(
        self, path: str, record: int, changes: Mapping[str, Any] | None = None, missing: Sequence[str] = ()
    ) -> None:
        """Answer the record with these fields changed and those left out."""
        self._alterations.append(Alteration(path.strip("/").lower(), record, dict(changes or {}), tuple(missing)))

    def clear(self) -> None:
        self._scripts.clear()
        self._alterations.clear()

    def waiting(self) -> dict[str, list[dict[str, Any]]]:
        return {
            "answers": [asdict(script) for script in self._scripts],
            "alterations": [asdict(alteration) for alteration in self._alterations],
        }

    def meet(self, method: str, path: str) -> Reply | None:
        """The answer to this call by script; each is counted."""
        script = next((script for script in self._scripts if script.meets(method, path.strip("/"))), None)
        if script is None:
            return None
        if script.times is not None:
            script.times -= 1
            self._scripts = [one for one in self._scripts if one.times != 0]
        status, media_type, body, headers = ANSWERS[script.answer]
        return Reply(status, None, headers, media_type, body)

    def altered(self, path: str, reply: Reply) -> Reply:
        """The reply with the records of this collection as they are to be answered."""
        here = path.strip("/").lower()
        found = [one for one in self._alterations if here in (one.path, f"{one.path}/{one.record}")]
        if not found or reply.status >= 300:
            return reply
        body = reply.body
        for one in found:
            body = [one.applied(record) for record in body] if isinstance(body, list) else one.applied(body)
        return Reply(reply.status, body, reply.headers, reply.media_type)
