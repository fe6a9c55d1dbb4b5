"""Roles have long names and codes; contradictory principals are refused."""

from __future__ import annotations

from typing import Literal

import pytest

from desk.decision.principal import ALL, Principal, PrincipalKind, Role


def test_roles_are_found_by_long_name_and_by_code() -> None:
    assert Role.parse("tier1") is Role.parse("1") is Role.TIER1
    assert [Role.parse(role.code) for role in Role] == list(Role)


def test_an_unknown_role_is_refused_with_the_choices() -> None:
    with pytest.raises(ValueError, match="choose one of tier1, tier2, dispatcher"):
        Role.parse("root")


def test_a_scope_of_all_sees_every_client_and_a_set_only_its_own() -> None:
    everywhere = Principal("ann", "person", frozenset({Role.TIER1}), ALL)
    scoped = Principal("bob", "person", frozenset({Role.TIER1}), frozenset({"acme"}))
    assert everywhere.sees("acme") and everywhere.sees("other")
    assert scoped.sees("acme") and not scoped.sees("other")


def test_has_asks_for_any_of_the_roles() -> None:
    both = Principal("ann", "person", frozenset({Role.TIER1, Role.DISPATCHER}), ALL)
    assert both.has([Role.DISPATCHER, Role.BILLING]) and not both.has([Role.BILLING])


@pytest.mark.parametrize(
    ("kind", "roles", "clients"),
    [
        ("person", set[Role](), ALL),
        ("person", {Role.SERVICE}, ALL),
        ("service", {Role.TIER1}, ALL),
        ("service", {Role.SERVICE, Role.ADMIN}, ALL),
        ("person", {Role.CLIENT_IT}, ALL),
        ("person", {Role.CLIENT_IT}, frozenset({"acme", "other"})),
        ("person", {Role.CLIENT_IT, Role.TIER1}, frozenset({"acme"})),
    ],
)
def test_contradicting_parts_are_refused(
    kind: PrincipalKind, roles: set[Role], clients: frozenset[str] | Literal["*"]
) -> None:
    with pytest.raises(ValueError, match=r"role|client"):
        Principal("x", kind, frozenset(roles), clients)
