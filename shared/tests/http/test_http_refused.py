"""Denied access is recorded fact by fact: one that fails stops neither the others nor the task."""

from __future__ import annotations

import asyncio

import pytest

from desk.contract.streams.security import AccessRefused
from desk.decision.principal import ALL, Principal, Role
from desk.http.auth.access_denials import AccessDenials, DenialReporter


async def test_one_fact_that_cannot_be_recorded_costs_no_other_and_not_the_task() -> None:
    recorded: list[str] = []

    async def tell(fact: AccessRefused) -> None:
        if fact.who == "odd":
            raise ValueError("the database refuses it")
        recorded.append(fact.who)

    refused = AccessDenials()
    telling = DenialReporter(refused, tell, every=0.01)
    await telling.start()
    for names in (("a", "odd", "b"), ("c",)):
        for name in names:
            refused.note(name, "forbidden_role")
        async with asyncio.timeout(5):
            while names[-1] not in recorded:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    await telling.stop()
    assert recorded == ["a", "b", "c"]


@pytest.mark.parametrize("name", ["a\0b", "half \ud800", "x" * 201, "a\nb", "\x1b[2J", ""])
def test_a_principal_has_a_printable_name_of_at_most_200_characters(name: str) -> None:
    with pytest.raises(ValueError, match="subject"):
        Principal(name, "person", frozenset({Role.TIER1}), ALL)
    with pytest.raises(ValueError, match="subject"):
        Principal(name or "\0", "person", frozenset({Role.TIER1}), frozenset({name or "\0"}))


def test_a_principal_of_200_characters_of_any_script_is_accepted() -> None:
    assert Principal("é" * 200, "person", frozenset({Role.TIER1}), frozenset({"acme"})).subject == "é" * 200
