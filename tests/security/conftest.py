"""A whole desk for all tests of a module: five services, the local bus, a real PostgreSQL."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from tests.journeys.people import Desk

from desk.telemetry import configure_logging
from desk_deploy.postgres.instance import EmbeddedPostgres
from desk_deploy.testing.reused_database import new_database
from desk_deploy.up.one_process import embedded


@pytest.fixture(scope="module", autouse=True)
def logged() -> Iterator[io.BytesIO]:
    """The logs of the services as JSON lines, as in production."""
    lines = io.BytesIO()
    with configure_logging("debug", lines):
        yield lines


@pytest.fixture(scope="module")
def shared_database(postgres: EmbeddedPostgres) -> Iterator[str]:
    """A database of this module's own."""
    with new_database(postgres, "security") as url:
        yield url


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_desk(shared_database: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    """Acme with its contact and device; tests of a module share what they leave behind."""
    data = tmp_path_factory.mktemp("desk")
    async with embedded(data, shared_database) as running, Desk.of(running, data) as found:
        await found.know_acme()
        yield found
