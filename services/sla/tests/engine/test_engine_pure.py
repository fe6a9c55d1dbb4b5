"""The engine and the calendars under it stay pure: what they may import, and what they may not ask."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

import desk.calendars
import desk_sla.engine

FILES = sorted(path for package in (desk_sla.engine, desk.calendars) for path in Path(package.__path__[0]).glob("*.py"))
ALLOWED = {"holidays", "pydantic", "yaml", "msgspec"}
CALENDARS = "desk.calendars"
ASKING = {"now", "utcnow", "today", "time", "random", "uuid4", "environ", "open"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_it_imports_the_standard_library_the_calendars_and_four_more(path: Path) -> None:
    modules = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            modules.add(node.module or "")
    tops = {name.partition(".")[0] for name in modules if not f"{name}.".startswith(f"{CALENDARS}.")}
    assert tops - ALLOWED <= set(sys.stdlib_module_names)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_it_asks_neither_the_clock_nor_chance(path: Path) -> None:
    called = {
        node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
    }
    assert called & ASKING <= ({"open"} if path.stem == "zones" else set())
