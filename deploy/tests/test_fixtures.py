"""Tests of the fixtures that every test folder gets."""

from pathlib import Path

import psycopg


def test_a_database_has_the_tables_of_every_service_and_is_its_own(database: str) -> None:
    with psycopg.connect(database) as session:
        session.execute("CREATE TABLE thing (id int)")
        row = session.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
        services = session.execute("SELECT count(*) FROM pg_tables WHERE tablename = 'stored_events'").fetchone()
    assert (row, services) == ((1,), (5,))


def test_an_empty_database_has_no_schema_of_a_service(empty_database: str) -> None:
    with psycopg.connect(empty_database) as session:
        assert session.execute("SELECT to_regnamespace('intake')").fetchone() == (None,)


def test_a_database_does_not_see_what_another_test_left(database: str) -> None:
    with psycopg.connect(database) as session:
        row = session.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
    assert row == (0,)


def test_real_data_is_the_folder_with_the_logs(real_data: Path) -> None:
    assert (real_data / "README.md").is_file()
