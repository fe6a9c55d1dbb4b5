"""A place for a run: an empty database, topics of its own on the real broker, a folder for what is written down."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.chaos.desk.workdir import Places

from desk_deploy.postgres.instance import EmbeddedPostgres


@pytest.fixture
def places(tmp_path: Path, database: str, kafka: str, kafka_prefix: str) -> Places:
    """Of a desk that keeps every rule."""
    return Places(tmp_path, database, kafka, kafka_prefix)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    """A database server that may be killed."""
    with EmbeddedPostgres(tmp_path / "server", fsync=False) as found:
        yield found


@pytest.fixture
def shown(capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Writes figures where people see them, also when the test is green."""

    def show(text: str) -> None:
        with capsys.disabled():
            sys.stdout.write(f"\n{text}\n")

    return show
