"""A service imports only the kinds of vendors that it owns, and a vendor's connector only the vendor's adapter."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest
from tests.architecture.project import ROOT, is_test, modules

from desk.outbox.call_kind_names import VENDOR_KINDS
from desk_integrations.instances.document import OWNERS

INTEGRATIONS = "desk_integrations"
KINDS = {"psa": ("intake",), **OWNERS}
"""Kind of vendor -> the services that own it. The PSA has settings of its own, and one owner."""
CONNECTORS = sorted(
    path.parent.name
    for path in ROOT.glob("shared/connectors/desk_connectors/*/__init__.py")
    if path.parent.name != "http"  # the base of all of them
)
SERVICES = sorted(path.parent.name for path in ROOT.glob("services/*/pyproject.toml"))


def kinds_in(source: str) -> set[str]:
    """The kinds whose port or adapters the module imports."""
    names = [name.split(".") for name in _imported(ast.parse(source)) if name.startswith(f"{INTEGRATIONS}.")]
    return {parts[2] if parts[1] == "kinds" else parts[1] for parts in names if len(parts) > 2 or parts[1] in KINDS}


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_an_operator_can_stop_the_calls_to_every_kind_of_vendor() -> None:
    assert tuple(sorted(OWNERS)) == VENDOR_KINDS


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_imports_only_the_kinds_that_it_owns(service: str) -> None:
    found = {
        (path.relative_to(ROOT).as_posix(), kind)
        for path in (ROOT / "services" / service).rglob("*.py")
        if not is_test(path.relative_to(ROOT).as_posix())
        for kind in kinds_in(path.read_text()) & KINDS.keys()
    }
    assert sorted(place for place, kind in found if service not in KINDS[kind]) == []


@pytest.fixture(scope="module")
def imported_connectors() -> dict[str, set[str]]:
    """Path of a product module -> the modules of connectors that it imports."""
    found = {
        module.path: {name for name in _imported(module.tree) if name.startswith("desk_connectors.")}
        for module in modules(("shared", "services", "deploy"))
        if not is_test(module.path) and "/testing/" not in module.path and "desk_connectors" in module.text
    }
    return {path: names for path, names in found.items() if names}


@pytest.mark.parametrize("vendor", CONNECTORS)
def test_a_vendors_connector_is_imported_by_its_adapter_alone(
    vendor: str, imported_connectors: dict[str, set[str]]
) -> None:
    connector = f"desk_connectors.{vendor}."
    adapter = re.compile(rf"shared/integrations/{INTEGRATIONS}/\w+/{vendor}(/.*)?\.py")
    importers = [
        path
        for path, names in imported_connectors.items()
        if not path.startswith(f"shared/connectors/desk_connectors/{vendor}/")
        if any(f"{name}.".startswith(connector) for name in names)
    ]
    assert importers
    assert [path for path in importers if not adapter.fullmatch(path)] == []


def test_the_table_names_services_and_every_port() -> None:
    ports = {path.stem for path in (ROOT / "shared/integrations" / INTEGRATIONS / "kinds").glob("*.py")}
    assert ports - {"__init__"} <= KINDS.keys()
    assert {owner for owners in KINDS.values() for owner in owners} <= set(SERVICES)


@pytest.mark.parametrize(
    ("line", "kinds"),
    [
        ("from desk_integrations.kinds.rmm import Rmm", {"rmm"}),
        ("from desk_integrations.kinds import rmm", {"rmm"}),
        ("import desk_integrations.rmm.ninjaone", {"rmm"}),
        ("from desk_integrations.rmm import ninjaone", {"rmm"}),
        ("from desk_integrations import rmm", {"rmm"}),
        ("from desk_integrations.outcomes import Empty", set()),
        ("from desk.decision import context", set()),
    ],
)
def test_every_way_to_import_a_kind_is_recognised(line: str, kinds: set[str]) -> None:
    assert kinds_in(line) & KINDS.keys() == kinds
