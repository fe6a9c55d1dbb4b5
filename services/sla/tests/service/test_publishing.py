"""A policy document before it is published: what would change nothing is refused with the field and the remedy."""

from __future__ import annotations

from typing import Any

import pytest

from desk.http.problems.problem import Problem
from desk.policies.book import PolicyBook
from desk.policies.publishing import Proposal
from desk_sla.documents import check_policy
from desk_sla.engine.policies.policy import builtin_policy
from desk_sla.policies import builtin


def proposed(**changes: Any) -> Proposal:
    content = builtin_policy("standard").model_dump(mode="json", exclude_none=True)
    return Proposal("sla-policy:standard", "2", {**content, "version": 2, **changes})


def book() -> PolicyBook:
    return PolicyBook(builtin())


def test_a_next_version_is_accepted() -> None:
    check_policy(proposed(), book())


@pytest.mark.parametrize(
    ("field", "value", "remedy"),
    [("merge_opened", "earliest", "write merge_opened: own"), ("split_opened", "message", "write split_opened: split")],
)
def test_a_rule_that_no_fact_feeds_is_refused(field: str, value: str, remedy: str) -> None:
    with pytest.raises(Problem) as refused:
        check_policy(proposed(**{field: value}), book())
    errors: Any = refused.value.members["errors"]
    (error,) = errors
    assert (error["field"], error["remedy"]) == (field, remedy)
