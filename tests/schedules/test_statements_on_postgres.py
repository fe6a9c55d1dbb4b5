"""The gateway's statements answer in memory as they do in PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest
import structlog
from tests.schedules.checks.drained import rest
from tests.schedules.gateway.comparing import ComparingStore, RealTables
from tests.schedules.gateway.cursor import READS, WRITES
from tests.schedules.schedule import schedule
from tests.schedules.steps import Run
from tests.schedules.twins.mutants import RIGHT

SEEDS, MOST = (*range(12), 236), 1000
"""Seeds to run, and as many more as it takes until every statement was executed."""


@pytest.fixture
def real(database: str) -> Iterator[RealTables]:
    tables = RealTables(database)
    yield tables
    tables.connection.close()


@pytest.mark.postgres
def test_schedules_find_the_same_rows_in_memory_and_in_postgres(real: RealTables) -> None:
    parts = RIGHT._replace(store=partial(ComparingStore, real))
    wanted, ran = {*READS, *WRITES}, 0
    with structlog.testing.capture_logs():
        for seed in (*SEEDS, *(seed for seed in range(MOST) if seed not in SEEDS)):
            run = Run(parts, seed)
            run.go(schedule(seed))
            rest(run)
            run.world.gateway.close()
            real.compare(run.world.gateway.store.rows)
            assert not real.differences, f"seed {seed}: {real.differences[0]}"
            ran += 1
            if ran >= len(SEEDS) and not wanted - real.executed.keys():
                break
    assert not wanted - real.executed.keys()
