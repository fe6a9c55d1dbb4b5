"""Lists the routes of an application: method, path with prefixes, and the gate that guards each."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts

from desk.http.auth.access import Gate


class Served(NamedTuple):
    """One route for one method. `gate` is None on a public route."""

    method: str
    path: str
    endpoint: Callable[..., object]
    gate: Gate | None
    in_schema: bool


def routes_of(app: FastAPI) -> list[Served]:
    """Every API route of the application, also those of included routers."""
    found: list[Served] = []
    for context in iter_route_contexts(app.routes):
        dependant: Dependant | None = getattr(context, "dependant", None)
        if dependant is None or context.path is None or context.endpoint is None:
            continue
        gate, in_schema = _gate(dependant), bool(getattr(context, "include_in_schema", True))
        methods = sorted(context.methods or ())
        found += [Served(method, context.path, context.endpoint, gate, in_schema) for method in methods]
    return found


def _gate(dependant: Dependant) -> Gate | None:
    for child in dependant.dependencies:
        call: object = child.call
        if isinstance(call, Gate):
            return call
        below = _gate(child)
        if below is not None:
            return below
    return None
