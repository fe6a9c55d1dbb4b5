"""The packages of the owners import neither each other nor a clock."""

import ast
from pathlib import Path

import pytest

import desk.contract.ticket
from desk.contract.event import OWNERS


def _sources() -> list[Path]:
    root = Path(next(iter(desk.contract.ticket.__path__)))
    return [path for owner in OWNERS for path in sorted((root / owner).glob("*.py"))]


@pytest.mark.parametrize("path", _sources(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_room_reads_neither_the_ticket_nor_another_room(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    shared = ("desk.contract.event", "desk.contract.folding", "desk.contract.ticket.evidence")
    allowed = (*shared, f"desk.contract.ticket.{path.parent.name}")
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("desk"):
            assert (node.module or "").startswith(allowed), f"{path.name} imports {node.module}"
        if isinstance(node, ast.Import):
            assert not any(alias.name.startswith("desk") for alias in node.names), f"{path.name}: import from desk"
        if isinstance(node, ast.Name | ast.arg):
            assert (node.id if isinstance(node, ast.Name) else node.arg) != "ticket", f"{path.name} reads `ticket`"
        if isinstance(node, ast.Attribute):
            assert node.attr not in ("now", "utcnow", "today"), f"{path.name} reads a clock"


def test_the_form_of_evidence_that_rooms_share_knows_no_room() -> None:
    tree = ast.parse((Path(next(iter(desk.contract.ticket.__path__))) / "evidence.py").read_text("utf-8"))
    modules = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not any(module.startswith("desk") for module in modules)
    assert not any(
        isinstance(node, ast.Attribute) and node.attr in ("now", "utcnow", "today") for node in ast.walk(tree)
    )
