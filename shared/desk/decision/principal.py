"""Roles and client scope of a verified caller. Framework-free, so that decisions can read roles."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal

PrincipalKind = Literal["person", "service"]
LONGEST: Final = 200
ALL: Final = "*"
"""The scope of a caller who may see every client of this MSP."""
Scope = frozenset[str] | Literal["*"]


class Role(StrEnum):
    """A role by its long name; `code` is the short form used in command tables."""

    TIER1 = "tier1"
    TIER2 = "tier2"
    DISPATCHER = "dispatcher"
    COORDINATOR = "coordinator"
    BILLING = "billing"
    ACCOUNT_MANAGER = "account-manager"
    ADMIN = "admin"
    ON_CALL = "on-call"
    AUDITOR = "auditor"
    CLIENT_IT = "client-it"
    SERVICE = "service"

    @property
    def code(self) -> str:
        """1, 2, DI, CO, BI, AM, AD, OC, AU, CI, SV."""
        return _CODES[self]

    @classmethod
    def parse(cls, text: str) -> Role:
        """A role from its long name or its code. ValueError names the choices."""
        for role in cls:
            if text in (role.value, role.code):
                return role
        raise ValueError(f"{text!r} is no role; choose one of {', '.join(cls)}")


_CODES = dict(zip(Role, ("1", "2", "DI", "CO", "BI", "AM", "AD", "OC", "AU", "CI", "SV"), strict=True))


@dataclass(frozen=True)
class Principal:
    """A verified caller. `clients` is the set of client ids in scope, or ALL.

    ValueError when the parts contradict each other: no role, a person with the service role (or a service without),
    client-it together with another role or with more than its own client.
    """

    subject: str
    kind: PrincipalKind
    roles: frozenset[Role]
    clients: Scope

    def __post_init__(self) -> None:
        if not self.subject or not self.roles:
            raise ValueError("a principal needs a subject and at least one role")
        if not _plain(self.subject) or not (self.clients == ALL or all(map(_plain, self.clients))):
            raise ValueError(f"subject and client ids have at most {LONGEST} characters, all of them printable")
        if (self.kind == "service") != (self.roles == {Role.SERVICE}):
            raise ValueError("the role service belongs to services, and to nobody else")
        if Role.CLIENT_IT in self.roles and (len(self.roles) != 1 or self.clients == ALL or len(self.clients) != 1):
            raise ValueError("client-it comes alone and with exactly its own client")

    def has(self, roles: Iterable[Role]) -> bool:
        """Whether any of `roles` is the caller's."""
        return not self.roles.isdisjoint(roles)

    def sees(self, client: str) -> bool:
        """Whether the client is in scope."""
        return self.clients == ALL or client in self.clients


def _plain(name: str) -> bool:
    return len(name) <= LONGEST and name.isprintable()


def scope(clients: Iterable[str] | Literal["*"]) -> Scope:
    """A client scope from ALL or from client ids."""
    return ALL if clients == ALL else frozenset(clients)
