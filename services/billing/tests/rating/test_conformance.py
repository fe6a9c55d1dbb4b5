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
