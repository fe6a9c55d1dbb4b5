"""A request as handlers receive it, and their reply."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

S = TypeVar("S")
A = TypeVar("A")

JSON = "application/json"
TEXT = "text/plain"
NO_CONTENT = 204


@dataclass(frozen=True)
class Call(Generic[S, A]):
    """One request to the API of state `S` by caller `A`.

    `path` is its shape below the API root, with ids as `{}` and names as `{name}`; `ids` and `names` are those in
    order. `url` is the address without its query, as the caller reached it; `struck` the faults that it meets.
    """

    state: S
    method: str
    path: str
    ids: tuple[int, ...]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any
    actor: A
    url: str
    names: tuple[str, ...] = ()
    struck: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Reply:
    """A `body` None is JSON null, with status 204 nothing at all; `content` goes out as it is, in place of the body.

    `media_type` None: no content type. `broken`: the connection ends in the middle of the body.
    """

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    media_type: str | None = JSON
    content: bytes | None = None
    broken: bool = False

    def raw(self) -> bytes:
        if self.content is not None:
            return self.content
        if self.status == NO_CONTENT:
            return b""
        return json.dumps(self.body, separators=(",", ":"), ensure_ascii=False).encode()


Handler = Callable[[Call[S, A]], Reply]
