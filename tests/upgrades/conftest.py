"""Databases beside the one that `database` gives: a test of upgrades compares two."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator

import psycopg
import pytest

from desk_deploy.postgres.instance import EmbeddedPostgres


@pytest.fixture
def new_database(postgres: EmbeddedPostgres) -> Iterator[Callable[[], str]]:
    """Makes an empty database at each call and gives its URL; all are dropped afterwards."""
    names: list[str] = []

    def make() -> str:
        names.append(f"upgrade_{uuid.uuid4().hex}")
        with psycopg.connect(postgres.url, autocommit=True) as session:
            session.execute(f'CREATE DATABASE "{names[-1]}"')
        return postgres.url_of(names[-1])

    yield make
    with psycopg.connect(postgres.url, autocommit=True) as session:
        for name in names:
            session.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
