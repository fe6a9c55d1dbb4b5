"""Purity of the engine and the calendars: allowed imports, and no call of a clock or a source of randomness."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

import desk.calendars
import desk_sla.engine

FILES = sorted(
    path for package in (desk_sla.engine, desk.calendars) for path in Path(package.__path__[0]).rglob("*.py")
)
ALLOWED = {"holidays", "pydantic", "yaml", "msgspec"}
PURE = ("desk.calendars.", "desk_sla.engine.")
ASKING = {"now", "utcnow", "today", "time", "random", "uuid4", "environ", "open"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_it_imports_only_pure_packages_the_standard_library_and_four_more(path: Path) -> None:
    modules = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            modules.add(node.module or "")
    tops = {name.partition(".")[0] for name in modules if not f"{name}.".startswith(PURE)}
    assert tops - ALLOWED <= set(sys.stdlib_module_names)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_it_calls_neither_clock_nor_randomness(path: Path) -> None:
    called = {
        node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
    }
    assert called & ASKING <= ({"open"} if path.stem == "zones" else set())
