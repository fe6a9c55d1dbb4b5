"""Triage's policies before they are published: kinds that tickets get have gates."""

from __future__ import annotations

from typing import Any

import pytest

from desk.http.problems.problem import Problem
from desk.policies.book import PolicyBook, builtin
from desk.policies.publishing import Proposal
from desk_triage.main import TRIAGE


def check(content: dict[str, Any], book: PolicyBook) -> None:
    TRIAGE.policies.checks["gate-profile"](Proposal("gate-profile", "2", content), book)


def without(kind: str) -> dict[str, Any]:
    return {name: gates for name, gates in builtin("gate-profile").items() if name != kind}


def test_a_profile_without_a_kind_that_tickets_get_is_refused() -> None:
    book = PolicyBook()
    board = {"statuses": {"1": "new"}, "kinds": {"9": "alert"}}
    book.put("status-map", "2", {**builtin("status-map"), "boards": {"7": board}})
    with pytest.raises(Problem) as refused:
        check(without("alert"), book)
    assert refused.value.members["field"] == "content.alert"
    assert "status-map 2" in str(refused.value.detail) and "boards.7.kinds.9" in str(refused.value.detail)
    assert refused.value.remedy == "Add the kind alert."
    check(without("security"), book)


def test_a_profile_of_a_wrong_shape_is_left_to_the_check_of_its_shape() -> None:
    check({"incident": 1}, PolicyBook())
