"""A request as handlers see it, and what they answer."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from desk_simulators.connectwise.errors import ApiError
from desk_simulators.connectwise.identity import Actor
from desk_simulators.connectwise.numerals import is_number
from desk_simulators.connectwise.state import PsaState

JSON = "application/json"
TEXT = "text/plain"
NO_CONTENT = 204


@dataclass(frozen=True, slots=True)
class Call:
    """`path` is below the API root, in lower case with ids as `{}`; `ids` are those ids in order."""

    state: PsaState
    method: str
    path: str
    ids: tuple[int, ...]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any
    actor: Actor
    url: str


@dataclass(frozen=True, slots=True)
class Reply:
    """A `body` None is JSON null, with status 204 nothing at all; `content` goes out as it is, in place of the body."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    media_type: str = JSON
    content: bytes | None = None

    def raw(self) -> bytes:
        if self.content is not None:
            return self.content
        if self.status == NO_CONTENT:
            return b""
        return json.dumps(self.body, separators=(",", ":"), ensure_ascii=False).encode()


Handler = Callable[[Call], Reply]


def template(path: str) -> tuple[str, tuple[int, ...]]:
    """`service/tickets/5/notes` -> (`service/tickets/{}/notes`, (5,)); the vendor ignores case in paths."""
    parts = path.strip("/").split("/")
    ids = tuple(int(part) for part in parts if is_number(part))
    return "/".join("{}" if is_number(part) else part.lower() for part in parts), ids


def need(body: Any, name: str, kind: type) -> Any:
    """A member of the JSON body. Raises the API's 400 that names it."""
    value = body.get(name) if isinstance(body, dict) else None
    if not isinstance(value, kind):
        raise ApiError(400, "InvalidObject", f"The body needs {name} ({kind.__name__}).")
    return value
