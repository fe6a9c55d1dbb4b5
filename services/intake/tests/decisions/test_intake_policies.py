"""Intake's status map and import mappings: each kind that they give to tickets has gates."""

from __future__ import annotations

from typing import Any

import pytest

from desk.http.problems.problem import Problem
from desk.policies.book import PolicyBook, builtin
from desk.policies.publishing import Proposal
from desk_intake.main import INTAKE
from desk_intake.policies import check_import_kind


def book_without(kind: str) -> PolicyBook:
    book = PolicyBook()
    book.put("gate-profile", "2", {name: gates for name, gates in builtin("gate-profile").items() if name != kind})
    return book


def check(board: dict[str, Any], book: PolicyBook) -> None:
    content = {**builtin("status-map"), "boards": {"7": {"statuses": {"1": "new"}, **board}}}
    INTAKE.policies.checks["status-map"](Proposal("status-map", "2", content), book)


def test_a_status_map_with_a_kind_that_has_no_gates_is_refused() -> None:
    with pytest.raises(Problem) as refused:
        check({"kind": "alert"}, book_without("alert"))
    assert refused.value.members["field"] == "content.boards.7.kind"
    assert "gate-profile 2 has no gates for kind alert" in str(refused.value.detail)
    assert refused.value.remedy == (
        "Use one of incident, quick, request, security, or publish a gate-profile that lists alert."
    )
    check({"kind": "alert"}, PolicyBook())


def test_an_import_of_tickets_of_a_kind_that_has_no_gates_is_refused() -> None:
    with pytest.raises(Problem) as refused:
        check_import_kind("request", book_without("request"))
    assert refused.value.members["field"] == "kind"
    check_import_kind("request", PolicyBook())
