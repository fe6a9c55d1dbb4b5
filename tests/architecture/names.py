"""Finds identifiers that contain a word of the ban list."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from pathlib import PurePosixPath
from typing import NamedTuple

from tests.architecture.project import Module

WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")

FIELDS: Mapping[type[ast.AST], str] = {
    ast.FunctionDef: "name",
    ast.AsyncFunctionDef: "name",
    ast.ClassDef: "name",
    ast.Name: "id",
    ast.Attribute: "attr",
    ast.arg: "arg",
    ast.alias: "asname",
    ast.ExceptHandler: "name",
    ast.MatchAs: "name",
    ast.MatchStar: "name",
    ast.MatchMapping: "rest",
}
"""Where a node that may bind a name has it. Names and attributes bind only when something is stored to them."""


class Identifier(NamedTuple):
    """A name where it is bound. `scope` is the class whose body binds it, else empty; `line` is 0 for the module."""

    name: str
    scope: str
    line: int

    @property
    def qualified(self) -> str:
        """`Class.name` in the body of a class, else the name alone."""
        return f"{self.scope}.{self.name}" if self.scope else self.name


@cache
def words(name: str) -> tuple[str, ...]:
    """The words of an identifier in lower case: `opened_at` and `OpenedAt` are `opened`, `at`."""
    return tuple(word.lower() for word in WORD.findall(name))


def identifiers(module: Module) -> Iterator[Identifier]:
    """Every binding: module, classes, functions, parameters, attributes, locals, imports under another name."""
    path = PurePosixPath(module.path)
    yield Identifier(path.parent.name if path.stem == "__init__" else path.stem, "", 0)
    yield from _bound(module.tree, "")


def banned(module: Module, ban: Collection[str], wire: Collection[str]) -> list[Identifier]:
    """Identifiers with a word of `ban`, in order; those in `wire`, by name or by `Class.name`, are left out."""
    found = (name for name in identifiers(module) if not set(ban).isdisjoint(words(name.name)))
    return [name for name in found if {name.name, name.qualified}.isdisjoint(wire)]


def _bound(node: ast.AST, scope: str) -> Iterator[Identifier]:
    for child in ast.iter_child_nodes(node):
        if name := _name(child):
            yield Identifier(name, scope, getattr(child, "lineno", 0))
        if isinstance(child, ast.ClassDef):
            yield from _bound(child, child.name)
        elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield from _bound(child, "")
        elif not isinstance(child, ast.Constant | ast.expr_context):
            yield from _bound(child, scope)


def _name(node: ast.AST) -> str | None:
    field = FIELDS.get(type(node))
    if field is None or (isinstance(node, ast.Name | ast.Attribute) and not isinstance(node.ctx, ast.Store)):
        return None
    found: str | None = getattr(node, field)
    return found
