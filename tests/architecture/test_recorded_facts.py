"""Every published fact type is recorded by some service, or marked as planned."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.architecture.project import Module, is_test, modules

from desk.contract.catalogue import FACTS
from desk.contract.planned import PLANNED

NAMES = {payload.__name__ for payload in FACTS}
LEFT_OUT = ("shared/desk/contract/", "shared/desk/contract_docs/", "shared/desk/testing/", "deploy/", "examples/")


def recorded(module: Module) -> Iterator[str]:
    """Payload classes that a module makes: called anywhere, or named at all where facts are decided."""
    decides = "/decisions/" in module.path or "/psa/" in module.path
    for node in ast.walk(module.tree):
        found = node.func if isinstance(node, ast.Call) else node if decides else None
        if isinstance(found, ast.Attribute | ast.Name):
            name = found.attr if isinstance(found, ast.Attribute) else found.id
            if name in NAMES:
                yield name


def test_every_published_type_is_recorded_or_marked_as_planned() -> None:
    product = (m for m in modules() if not is_test(m.path) and not m.path.startswith(LEFT_OUT))
    found = {name for module in product for name in recorded(module)}
    assert NAMES - found == PLANNED, "recorded types leave desk/contract/planned.py, types that nobody records enter it"


def test_planned_types_are_published() -> None:
    assert PLANNED <= NAMES
