"""Every database that a release left reaches the same tables, and each step leaves room for the release before it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.upgrades.dumps import (
    RELEASES,
    SERVICES,
    columns,
    indexes,
    migrate_all,
    own_revisions,
    restore_dump,
    revision_folders,
)
from tests.upgrades.stepping import migrate_to_next_release, revisions_of, step

from desk.eventstore.schema import OWN_VERSION_TABLE, SHARED, VERSION_TABLE, migrate


def _steps() -> Iterator[tuple[str, Path, str]]:
    for owner, folder in revision_folders().items():
        for revision in revisions_of(folder)[1:]:
            yield owner, folder, revision


@pytest.mark.postgres
@pytest.mark.parametrize("release", RELEASES)
def test_the_database_of_an_earlier_release_gets_the_tables_of_a_new_one(
    release: str, new_database: Callable[[], str]
) -> None:
    old, new = new_database(), new_database()
    restore_dump(old, release)

    migrate_all(old)
    migrate_all(new)

    for service in SERVICES:
        assert columns(old, service) == columns(new, service), service
        assert indexes(old, service) == indexes(new, service), service


@pytest.mark.postgres
@pytest.mark.parametrize(("owner", "folder", "revision"), [pytest.param(*s, id=f"{s[0]}-{s[2]}") for s in _steps()])
def test_the_release_before_a_migration_can_work_on_its_tables(
    owner: str, folder: Path, revision: str, empty_database: str
) -> None:
    schema = "triage" if owner == "shared" else owner
    if owner != "shared":
        step(empty_database, schema, SHARED, VERSION_TABLE, "head")
    table = VERSION_TABLE if owner == "shared" else OWN_VERSION_TABLE
    revisions = revisions_of(folder)
    step(empty_database, schema, folder, table, revisions[revisions.index(revision) - 1])
    before = columns(empty_database, schema)
    step(empty_database, schema, folder, table, revision)
    after = columns(empty_database, schema)

    tables = {column.table for column in before}
    names = {(column.table, column.name) for column in before}
    gone = {column for column in before if (column.table, column.name) not in {(c.table, c.name) for c in after}}
    demanded = {
        column
        for column in after
        if column.table in tables
        and column.required
        and column.default is None
        and ((column.table, column.name) not in names or column._replace(required=False) in before)
    }
    assert not gone, f"{owner}/{revision} removes what the release before it reads"
    assert not demanded, f"{owner}/{revision} demands what the release before it does not write: give it a default"


@pytest.mark.postgres
@pytest.mark.parametrize("service", SERVICES)
def test_a_release_starts_on_the_tables_of_the_next_one(service: str, empty_database: str, tmp_path: Path) -> None:
    own = own_revisions(service)
    migrate(empty_database, service, own)
    migrate_to_next_release(empty_database, service, tmp_path)
    of_next_release = columns(empty_database, service)

    migrate(empty_database, service, own)

    assert columns(empty_database, service) == of_next_release
