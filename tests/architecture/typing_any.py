"""Counts the uses of `Any`, and those of them without a reason beside them."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import PurePosixPath

from tests.architecture.project import Module

REASON = re.compile(r"#.*\bAny: \S")


def any_lines(module: Module) -> list[int]:
    """The line of every use of `Any`, in order; a line with two uses is listed twice. Imports are no uses."""
    nodes = (node for node in ast.walk(module.tree) if isinstance(node, ast.Name) and node.id == "Any")
    return sorted(node.lineno for node in nodes)


def without_reason(module: Module) -> list[int]:
    """The lines of `any_lines` that have no comment `Any: <reason>`, neither there nor in the line above."""
    lines = module.text.splitlines()
    return [at for at in any_lines(module) if not any(REASON.search(line) for line in lines[max(0, at - 2) : at])]


def by_room(counts: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Module counts added up by folder, without zeros."""
    found: Counter[str] = Counter()
    for path, number in counts:
        found[PurePosixPath(path).parent.as_posix()] += number
    return {room: number for room, number in sorted(found.items()) if number}
