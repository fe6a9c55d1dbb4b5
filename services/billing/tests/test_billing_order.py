"""Ratings do not depend on the order in which facts are applied."""

from __future__ import annotations

from itertools import permutations
from typing import Any
from uuid import uuid5

from hypothesis import given
from hypothesis import strategies as st

from desk.contract.event import Draft, Payload
from desk.contract.ticket.triage import ends as en
from desk.policies import PolicyBook
from desk.testing import controls as c
from desk.testing.given import Story

from .billing_examples import at, book, hear, seen, selected

ARRIVING: tuple[Payload, ...] = (
    seen("e1", "r1", at(17), at(19)),
    seen("e2", "r1", at(9), at(10), role="wizard"),
    c.tier(tier="gold"),
    selected(calendar="24x7"),
    selected(revision=2),
)


def ratings(policies: PolicyBook, order: tuple[Payload | Draft, ...]) -> dict[str, Any]:
    told = Story(policies).given(c.opening(opened_at=at(8)))
    told = hear(told, *order)
    found = {entry.entry: entry.rating for entry in told.ticket.billing.live}
    return {name: (r.lines, r.why, r.split, r.amount) for name, r in found.items() if r is not None}


def test_the_ratings_do_not_depend_on_what_was_heard_first() -> None:
    """Each owner's facts keep their order; those of different owners arrive in any."""
    policies = book()
    orders = [order for order in permutations(ARRIVING) if order.index(ARRIVING[3]) < order.index(ARRIVING[4])]
    expected = ratings(policies, ARRIVING)
    assert set(expected) == {"e1", "e2"}
    assert all(ratings(policies, order) == expected for order in orders)


REOPENED = Draft(data=en.Reopened(undoes=uuid5(c.NAMESPACE, "triage-1"), cause="client"), cycle=2, time=at(8, day=1))
OWNERS: tuple[tuple[Payload | Draft, ...], ...] = (
    (
        c.tier(tier="none"),
        seen("e1", "r1", at(17), at(19)),
        seen("e1", "r2", at(17), at(18, 30)),
        seen("e2", "r1", at(9), at(10)),
        seen("e2", "r2", None, None, gone=True),
        seen("e3", "r1", at(17, day=1), at(19, day=1), technician="tom"),
        c.tier(tier="gold", version="2"),
    ),
    (
        Draft(data=selected(calendar="24x7"), cycle=1),
        Draft(data=selected(revision=2), cycle=1),
        Draft(data=selected(zone="Asia/Kathmandu"), cycle=2),
    ),
    (Draft(data=c.resolved(), cycle=1, time=at(20)), REOPENED),
)


@given(st.permutations([0] * len(OWNERS[0]) + [1] * len(OWNERS[1]) + [2] * len(OWNERS[2])))
def test_over_two_cycles_each_owners_order_is_enough_for_the_same_ratings(order: list[int]) -> None:
    queues = [iter(owner) for owner in OWNERS]
    policies = book()
    expected = ratings(policies, tuple(fact for owner in OWNERS for fact in owner))
    assert ratings(policies, tuple(next(queues[owner]) for owner in order)) == expected
    assert {name: len(lines) for name, (lines, *_) in expected.items()} == {"e1": 2, "e3": 1}
