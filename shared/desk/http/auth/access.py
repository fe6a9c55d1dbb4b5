"""Access to routes: a dependency per route that names its roles, and the check of the client scope."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from fastapi.security.utils import get_authorization_scheme_param
from starlette.requests import Request

from desk.contract.ticket.ticket import Ticket
from desk.decision.principal import ALL, Principal, Role
from desk.decision.refusal import Refusal
from desk.http.app.http_context import http_context
from desk.http.app.schemas import OpenApi
from desk.http.auth.tokens import unauthenticated

SCHEME = "HTTPBearer"
SECURITY_SCHEMES: OpenApi = {
    SCHEME: {
        "type": "http",
        "description": "A token: desk token ROLE, or the identity provider",
        "scheme": "bearer",
        "bearerFormat": "JWT",
    }
}
"""The schemes of the gates in an OpenAPI document."""


class Gate:
    """The roles of a route. desk.http.app.routes reads them from the route's dependencies.

    `all_clients`: the route concerns the data of every client, so the caller's scope must be every client.

    A gate takes the request alone and reads its headers itself. As parameters, FastAPI would analyse them for every
    route at the start, and resolve them at every request in a dependency of their own, which costs more than the gate.
    """

    def __init__(self, roles: frozenset[Role], all_clients: bool = False) -> None:
        if not roles:
            raise ValueError("a route needs at least one role")
        self.roles, self.all_clients = roles, all_clients

    def admit(self, request: Request) -> Principal:
        """The caller, if admitted: 401 `unauthenticated` without a valid token, 403 `forbidden_role` without a role,
        403 `forbidden_client` where the route concerns all clients and the caller's scope does not.
        """
        scheme, token = get_authorization_scheme_param(request.headers.get("Authorization"))
        if scheme.lower() != "bearer" or not token:
            raise unauthenticated("the request has no bearer token")
        principal = http_context(request).verifier.verify(token)
        request.state.principal = principal
        if not principal.has(self.roles):
            allowed = ", ".join(sorted(self.roles))
            raise Refusal("forbidden_role", f"this needs one of: {allowed}")
        if self.all_clients and principal.clients != ALL:
            raise Refusal("forbidden_client", "this concerns every client, and your scope does not")
        return principal

    def describe(self, operation: OpenApi) -> None:
        """Add what the gate reads of a request, and its roles, to the route's operation in an OpenAPI document."""
        operation["security"] = [{SCHEME: []}]
        operation["x-roles"] = sorted(self.roles)


class ReadGate(Gate):
    """The dependency of read routes; returns the caller."""

    async def __call__(self, request: Request) -> Principal:
        return self.admit(request)


def require(*roles: Role, all_clients: bool = False) -> ReadGate:
    """The gate of a route: `Annotated[Principal, Depends(require(Role.TIER1, Role.DISPATCHER))]`."""
    return ReadGate(frozenset(roles), all_clients)


STAFF = tuple(role for role in Role if role not in (Role.SERVICE, Role.CLIENT_IT))
Staff = Annotated[Principal, Depends(require(*STAFF))]
"""The caller of a route for the MSP's own people, auditors included."""


def ensure_client(principal: Principal, client: str) -> None:
    """403 `forbidden_client` when the client is outside the caller's scope."""
    if not principal.sees(client):
        raise Refusal("forbidden_client", "no ticket of the clients in your scope has this id")


def ensure_visible(principal: Principal, ticket: Ticket) -> None:
    """The ticket exists in the caller's scope. A caller who may not see every client gets `forbidden_client` for an id
    that nobody has, too: the answer does not tell whether another client has such a ticket. Otherwise `unknown_ticket`.
    """
    ensure_client(principal, ticket.intake.client)
    if not ticket.intake.exists:
        raise Refusal("unknown_ticket")


def visible_clients(principal: Principal) -> list[str] | None:
    """The clients in the caller's scope; None: all."""
    return None if principal.clients == ALL else sorted(principal.clients)
