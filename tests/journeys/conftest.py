"""A whole desk in this process, and people who use it over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from desk_deploy.up.one_process import embedded

from .people import Desk


@pytest.fixture
async def desk(database: str, tmp_path: Path) -> AsyncIterator[Desk]:
    """Five services on the local bus and a real PostgreSQL; Acme, its contact and its device are known."""
    async with embedded(tmp_path, database) as running, Desk.of(running, tmp_path) as found:
        await found.know_acme()
        yield found
