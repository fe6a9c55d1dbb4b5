"""Tests drop databases in one way."""

from __future__ import annotations

from tests.architecture.project import modules


def test_one_helper_drops_databases_by_force() -> None:
    """An autovacuum worker in the database makes the statement fail: the helper waits for it to end."""
    words = ("DROP DATABASE", "(FORCE)")
    forced = {module.path for module in modules() if all(word in module.text for word in words)}
    assert forced - {"tests/architecture/test_test_databases.py"} == {"deploy/desk_deploy/testing/reused_database.py"}
