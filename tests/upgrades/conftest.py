"""Databases beside the one that `database` gives: a test of upgrades compares two."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from desk_deploy.postgres.instance import EmbeddedPostgres
from desk_deploy.testing import reused_database


@pytest.fixture
def new_database(postgres: EmbeddedPostgres) -> Iterator[Callable[[], str]]:
    """Makes an empty database at each call and gives its URL; all are dropped afterwards."""
    with ExitStack() as made:
        yield lambda: made.enter_context(reused_database.new_database(postgres, "upgrade"))
