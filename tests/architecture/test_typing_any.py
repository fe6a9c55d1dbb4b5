"""Uses of `Any` only become fewer in every room, and those that stay get their reason beside them."""

from __future__ import annotations

import pytest
from tests.architecture.project import Module
from tests.architecture.ratchet import checked
from tests.architecture.typing_any import any_lines, by_room, without_reason

TEXT = """from typing import Any

Row = dict[str, Any]  # Any: a row of the vendor's answer
# Any: the signature of click
def main(*args: Any) -> Any: ...

found: Any = Row  # Any
"""


@pytest.mark.parametrize("name", ["uses_of_any", "any_without_reason"])
def test_any_does_not_grow_in_a_room(name: str) -> None:
    assert checked(name) == []


def test_a_use_needs_a_reason_in_its_line_or_the_one_above() -> None:
    module = Module("a/b.py", TEXT)
    assert any_lines(module) == [3, 5, 5, 7]
    assert without_reason(module) == [7]


def test_counts_are_added_up_by_folder() -> None:
    assert by_room([("a/b/x.py", 2), ("a/b/y.py", 1), ("a/c.py", 0), ("a/d.py", 4)]) == {"a": 4, "a/b": 3}
