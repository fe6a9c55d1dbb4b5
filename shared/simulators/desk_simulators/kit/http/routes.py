"""Routing table of an API: (method, path shape) -> handler."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from desk_simulators.kit.http.call import Handler
from desk_simulators.kit.numerals import is_number

S = TypeVar("S")
A = TypeVar("A")

ID, NAME = "{}", "{name}"


@dataclass(frozen=True)
class Match(Generic[S, A]):
    """`handler` None: no such method, or with `exists` false no such path."""

    handler: Handler[S, A] | None
    exists: bool
    shape: str
    ids: tuple[int, ...] = ()
    names: tuple[str, ...] = ()


class Router(Generic[S, A]):
    """In shapes, `{}` is a whole number and `{name}` any one segment; exact segments win. Case is ignored."""

    def __init__(self, routes: Mapping[tuple[str, str], Handler[S, A]]) -> None:
        self._routes = dict(routes)
        self._shapes = {shape for _, shape in routes}
        self._named = [shape.split("/") for shape in sorted(self._shapes) if NAME in shape]

    def find(self, method: str, path: str) -> Match[S, A]:
        parts = path.strip("/").split("/")
        ids = tuple(int(part) for part in parts if is_number(part))
        shape = "/".join(ID if is_number(part) else part.lower() for part in parts)
        names: tuple[str, ...] = ()
        if shape not in self._shapes:
            found = next((wanted for wanted in self._named if _fits(wanted, parts)), None)
            if found is not None:
                shape = "/".join(found)
                ids = tuple(int(part) for want, part in zip(found, parts, strict=True) if want == ID)
                names = tuple(part for want, part in zip(found, parts, strict=True) if want == NAME)
        return Match(self._routes.get((method, shape)), shape in self._shapes, shape, ids, names)


def _fits(wanted: list[str], parts: list[str]) -> bool:
    return len(wanted) == len(parts) and all(
        want == NAME or (is_number(part) if want == ID else want == part.lower())
        for want, part in zip(wanted, parts, strict=True)
    )
