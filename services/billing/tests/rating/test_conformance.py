"""The conformance cases of rating."""

from __future__ import annotations

from typing import Any

import pytest

from .conformance import answered, cases

CASES = list(cases())


def _plain(expect: dict[str, Any]) -> dict[str, Any]:
    """Days as texts, as answers have them."""
    return {key: [str(one) for one in value] if key == "days" else value for key, value in expect.items()}


@pytest.mark.parametrize("case", [pytest.param(case, id=case["id"]) for case in CASES])
def test_labour_is_rated_as_the_case_says(case: dict[str, Any]) -> None:
    assert answered(case) == _plain(case["expect"]), case["source"]


def test_every_case_is_there_once_with_a_source() -> None:
    counts = {"A": 19, "B": 14, "C": 9, "D": 21, "E": 9, "F": 29, "G": 7, "H": 16, "I": 22, "J": 8, "K": 3}
    ids = [case["id"] for case in CASES]
    assert len(set(ids)) == len(ids)
    assert {f"{group}{number:02}" for group, most in counts.items() for number in range(1, most + 1)} <= set(ids)
    assert all(case["source"] for case in CASES)
