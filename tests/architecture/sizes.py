"""Measures modules and functions against the limits of the house."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable
from pathlib import PurePosixPath

from tests.architecture.project import Module, blocks

PER_FOLDER, PER_FUNCTION = 15, 30
DOMAIN_LINES, OTHER_LINES = 200, 250
DOMAIN_ROOMS = frozenset(
    {"contract", "ticket", "streams", "decision", "decisions", "calendars", "figures", "engine", "clocks"}
)
DOMAIN_FILES = frozenset({"commands.py", "reactions.py", "timers.py"})
"""Modules of a service that hold decisions, whatever room they are in."""


def is_domain(path: str) -> bool:
    """Whether a module holds rules of the service desk and not infrastructure."""
    place = PurePosixPath(path)
    inside = bool(DOMAIN_ROOMS & set(place.parts[:-1]))
    return inside or (place.parts[0] == "services" and place.name in DOMAIN_FILES)


def modules_too_many(modules: Iterable[str]) -> dict[str, int]:
    """By folder, how many modules it has above the limit; `__init__.py` does not count."""
    paths = (PurePosixPath(module) for module in modules)
    counts = Counter(path.parent.as_posix() for path in paths if path.name != "__init__.py")
    return {folder: count - PER_FOLDER for folder, count in sorted(counts.items()) if count > PER_FOLDER}


def lines_too_many(module: Module) -> int:
    """Lines above the limit of the module's kind."""
    return max(0, module.lines - (DOMAIN_LINES if is_domain(module.path) else OTHER_LINES))


def function_lines_too_many(module: Module) -> int:
    """Lines above the limit of all its functions together, docstrings included."""
    functions = (node for node in blocks(module.tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return sum(max(0, (node.end_lineno or node.lineno) - node.lineno + 1 - PER_FUNCTION) for node in functions)
