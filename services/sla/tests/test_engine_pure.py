"""The engine stays pure: what it may import, and what it may not ask."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

import desk_sla.engine

FILES = sorted(Path(desk_sla.engine.__path__[0]).glob("*.py"))
ALLOWED = {"holidays", "pydantic", "yaml", "msgspec"}
ASKING = {"now", "utcnow", "today", "time", "random", "uuid4", "environ", "open"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_it_imports_the_standard_library_and_four_more(path: Path) -> None:
    tops = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            tops |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            tops.add((node.module or "").partition(".")[0])
    assert tops - ALLOWED <= set(sys.stdlib_module_names)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_it_asks_neither_the_clock_nor_chance(path: Path) -> None:
    called = {
        node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
    }
    assert called & ASKING <= ({"open"} if path.stem == "zones" else set())
