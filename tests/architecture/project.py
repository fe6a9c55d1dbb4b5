"""The project's own Python files, parsed: what the rules of this folder measure."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("shared", "services", "deploy", "examples")


@dataclass(frozen=True)
class Module:
    """One Python file. `path` is relative to the repository, with forward slashes."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """The parsed text; made when a rule first asks for it."""
        return ast.parse(self.text, self.path)

    @property
    def lines(self) -> int:
        """Number of lines."""
        return len(self.text.splitlines())


def modules(folders: Sequence[str] = (*FOLDERS, "tests")) -> Iterator[Module]:
    """Every module of the folders, tests included, sorted by folder and path. Read again for each caller: to keep
    all trees at once costs more in garbage collection than parsing them does."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if path.parent.name == "versions":
                continue  # migrations that landed are never edited
            yield Module(path.relative_to(ROOT).as_posix(), path.read_text())


def blocks(node: ast.AST) -> Iterator[ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef]:
    """The node itself and everything in it that can have a docstring. Looks at statements alone, which are few."""
    if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        yield node
    for part in ("body", "orelse", "finalbody", "handlers", "cases"):
        found = getattr(node, part, ())
        for inner in found if isinstance(found, list) else ():
            yield from blocks(inner)


def is_test(module: str) -> bool:
    """Whether the file only serves tests: a test, a conftest, or a helper in a folder of tests."""
    path = PurePosixPath(module)
    return "tests" in path.parts[:-1] or path.name.startswith("test_") or path.name == "conftest.py"
