"""The access matrix: every route x every role x other client. A route that is missing from it fails the test."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from fastapi import FastAPI

from desk.decision.principal import Role
from desk.http.app.routes import routes_of


class Row(NamedTuple):
    """The access of a route. `roles` None = public. `scoped`: it concerns one client."""

    roles: frozenset[Role] | None
    scoped: bool = True


PUBLIC = Row(None, scoped=False)
Matrix = Mapping[tuple[str, str], Row]
"""(method, path with {parameters}) -> Row."""

INTERNAL: Matrix = {("GET", "/health/live"): PUBLIC, ("GET", "/health/ready"): PUBLIC, ("GET", "/metrics"): PUBLIC}
"""The routes that every service has."""


class Case(NamedTuple):
    """One row of the expanded matrix: the refusal code expected of the gate, None when the call must be admitted."""

    method: str
    path: str
    role: Role | None
    own_client: bool
    refused: str | None


def row(*roles: Role, scoped: bool = True) -> Row:
    """A guarded route's row."""
    return Row(frozenset(roles), scoped)


def assert_matrix_complete(app: FastAPI, matrix: Matrix) -> None:
    """AssertionError that names every route missing from the matrix, not served, or with other roles than its gate."""
    served = {(route.method, route.path): route.gate for route in routes_of(app)}
    expected = {**INTERNAL, **matrix}
    wrong = [f"not in the matrix: {method} {path}" for method, path in served.keys() - expected.keys()]
    wrong += [f"not served: {method} {path}" for method, path in expected.keys() - served.keys()]
    for key in served.keys() & expected.keys():
        gate, roles = served[key], expected[key].roles
        held = gate.roles if gate else None
        if held != roles:
            wrong.append(f"roles differ: {key[0]} {key[1]}: gate {_names(held)}, matrix {_names(roles)}")
    assert not wrong, "\n".join(sorted(wrong))


def cases(matrix: Matrix) -> list[Case]:
    """Every guarded route without a token, with every role, and, where scoped, with a role of another client."""
    found: list[Case] = []
    for (method, path), (roles, scoped) in matrix.items():
        if roles is None:
            continue
        found.append(Case(method, path, None, True, "unauthenticated"))
        found += [Case(method, path, role, True, None if role in roles else "forbidden_role") for role in Role]
        others = roles - {Role.SERVICE} if scoped else ()
        found += [Case(method, path, role, False, "forbidden_client") for role in sorted(others)]
    return found


def _names(roles: frozenset[Role] | None) -> str:
    return "public" if roles is None else ", ".join(sorted(roles))
