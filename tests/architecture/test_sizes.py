"""Folders, modules and functions stay within their limits, but for those still listed as debts."""

from __future__ import annotations

import pytest
from tests.architecture.project import Module
from tests.architecture.ratchet import checked
from tests.architecture.sizes import function_lines_too_many, is_domain, lines_too_many, modules_too_many


@pytest.mark.parametrize("name", ["modules_per_folder", "lines_per_module", "lines_per_function"])
def test_sizes_do_not_grow(name: str) -> None:
    assert checked(name) == []


@pytest.mark.parametrize(
    ("path", "domain"),
    [
        ("shared/desk/contract/ticket/intake/facts.py", True),
        ("services/sla/desk_sla/engine/clock.py", True),
        ("services/docs/desk_docs/reactions.py", True),
        ("shared/desk/timers/timers.py", False),
        ("services/docs/desk_docs/api.py", False),
    ],
)
def test_domain_modules_have_the_narrower_limit(path: str, domain: bool) -> None:
    assert is_domain(path) is domain
    assert lines_too_many(Module(path, "x = 1\n" * 251)) == (51 if domain else 1)
    assert lines_too_many(Module(path, "x = 1\n" * 200)) == 0


def test_a_package_file_is_no_module_of_its_folder() -> None:
    modules = [f"shared/desk/a/m{number}.py" for number in range(17)]
    assert modules_too_many([*modules, "shared/desk/a/__init__.py"]) == {"shared/desk/a": 2}
    assert modules_too_many(modules[:15]) == {}


def test_a_function_is_measured_from_its_first_line_to_its_last() -> None:
    body = "    x = 1\n"
    assert function_lines_too_many(Module("a.py", "def f():\n" + body * 29)) == 0
    assert function_lines_too_many(Module("a.py", "class A:\n  async def f():\n" + body * 32)) == 3
