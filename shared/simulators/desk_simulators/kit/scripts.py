"""Scripted answers: paths answered in place of their handler, and records answered damaged.

These play the conditions of real installations: roles granted by function, endpoints that a release lacks, a proxy
or login page in place of an answer, connections that break, records with fields that are null, missing or new.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Any

from desk_simulators.kit.http.call import JSON, Reply

HTML = "text/html"
LOGIN = "<html><body>Please sign in.</body></html>"
BAD_GATEWAY = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
REAL_ANSWERS = ("wrong-type", "reset")
"""The handler answers, and its reply is spoiled: sent under a wrong media type, or broken off in the middle."""
ANSWERS: Mapping[str, Reply] = {
    "bad-gateway": Reply(502, media_type=HTML, content=BAD_GATEWAY.encode()),
    "login-page": Reply(302, headers={"Location": "/login"}, media_type=HTML, content=LOGIN.encode()),
    "html": Reply(200, media_type=HTML, content=LOGIN.encode()),
    "cut": Reply(200, media_type=JSON, content=b'[{"id": 1, "na'),
    "null": Reply(200, media_type=JSON, content=b"null"),
}


@dataclass(slots=True)
class Script:
    """`path` is below the API root, `*` stands for anything in it.

    The first `skip` matching calls are answered as usual. `times` None is until the scripts are cleared.
    """

    answer: str
    method: str = ""
    path: str = "*"
    times: int | None = None
    skip: int = 0

    def meets(self, method: str, path: str) -> bool:
        return self.times != 0 and self.method in ("", method) and fnmatchcase(path.lower(), self.path.lower())


@dataclass(slots=True)
class Alteration:
    """Changes to records in the answers at `path`; the stored records stay as they are.

    `*` in the path stands for anything in it. `record` is an `id` or `uid`, which also alters the record's own path
    below the collection, or None for every record. Lists inside an object without an id of its own are altered too.
    """

    path: str
    record: int | str | None
    changes: dict[str, Any] = field(default_factory=dict)
    missing: tuple[str, ...] = ()

    def meets(self, path: str) -> bool:
        return fnmatchcase(path, self.path) or path == f"{self.path}/{self.record}"

    def applied(self, body: object) -> Any:
        """The body with every matching record altered."""
        if isinstance(body, list):
            return [self._record(row) for row in body]
        if isinstance(body, dict) and not body.keys() & {"id", "uid"}:
            return {name: self.applied(value) if _is_list_of_records(value) else value for name, value in body.items()}
        return self._record(body)

    def _record(self, record: object) -> Any:
        if not isinstance(record, dict) or (self.record is not None and not self._names(record)):
            return record
        kept = {name: value for name, value in record.items() if name not in self.missing}
        return {**kept, **self.changes}

    def _names(self, record: Mapping[str, object]) -> bool:
        return self.record in (record.get("id"), record.get("uid"))


class Scripts:
    """Scripts in force, in the order in which they were given: the first that meets a call answers it."""

    def __init__(self, answers: Mapping[str, Reply] | None = None) -> None:
        self._answers = {**ANSWERS, **(answers or {})}
        self._scripts: list[Script] = []
        self._alterations: list[Alteration] = []

    def answer(self, answer: str, method: str = "", path: str = "*", times: int | None = None, skip: int = 0) -> None:
        """Answer matching calls so. Raises ValueError for an unknown answer or a number that is no count."""
        names = (*self._answers, *REAL_ANSWERS)
        if answer not in names:
            raise ValueError(f"unknown answer {answer!r}; use one of {', '.join(names)}")
        if times is not None and not _is_count(times, 1):
            raise ValueError("times must be a whole number from 1, or null for always")
        if not _is_count(skip, 0):
            raise ValueError("skip must be a whole number from 0")
        self._scripts.append(Script(answer, method, path.strip("/"), times, skip))

    def alter(
        self,
        path: str,
        record: int | str | None = None,
        changes: Mapping[str, object] | None = None,
        missing: Sequence[str] = (),
    ) -> None:
        """Answer the record with these fields changed and those left out; every record where none is named."""
        self._alterations.append(Alteration(path.strip("/").lower(), record, dict(changes or {}), tuple(missing)))

    def clear(self) -> None:
        self._scripts.clear()
        self._alterations.clear()

    def waiting(self) -> dict[str, list[dict[str, Any]]]:
        return {
            "answers": [asdict(script) for script in self._scripts],
            "alterations": [asdict(alteration) for alteration in self._alterations],
        }

    def meet(self, method: str, path: str) -> str | None:
        """The name of the scripted answer to this call; each is counted."""
        script = next((script for script in self._scripts if script.meets(method, path.strip("/"))), None)
        if script is None:
            return None
        if script.skip:
            script.skip -= 1
            return None
        if script.times is not None:
            script.times -= 1
            self._scripts = [one for one in self._scripts if one.times != 0]
        return script.answer

    def reply(self, answer: str | None) -> Reply | None:
        """The whole reply of a scripted answer; None where the handler is asked first."""
        return self._answers.get(answer) if answer else None

    def spoiled(self, answer: str | None, reply: Reply) -> Reply:
        """The handler's reply as `wrong-type` or `reset` send it."""
        if answer == "wrong-type":
            return replace(reply, media_type=HTML)
        return replace(reply, broken=True) if answer == "reset" else reply

    def altered(self, path: str, reply: Reply) -> Reply:
        """The reply with the alterations of this collection applied."""
        here = path.strip("/").lower()
        found = [one for one in self._alterations if one.meets(here)]
        if not found or reply.status >= 300:
            return reply
        body = reply.body
        for one in found:
            body = one.applied(body)
        return replace(reply, body=body)


def _is_list_of_records(value: object) -> bool:
    return isinstance(value, list) and any(isinstance(row, dict) for row in value)


def _is_count(value: object, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least
