"""The short form of the drill: one store set back, the database read-only; both under load. The key ring set back is
tested without load by `tests/journeys/test_key_ring.py`, and under load by `make drill`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.drill.row import Row
from tests.drill.venue import Venue

from desk_deploy.services import SERVICES

pytestmark = [pytest.mark.postgres, pytest.mark.slow, pytest.mark.alone]
SEED = 1
ROWS = (
    Row("local", "older", ("triage",)),
    Row("local", "read-only", tuple(SERVICES), 3.0),
)


def test_a_restore_and_a_read_only_database_lose_double_and_falsify_nothing(
    tmp_path: Path, shown: Callable[[str], None]
) -> None:
    results = []
    with Venue(tmp_path) as venue:
        for row in ROWS:
            results.append(venue.carry_out(row, SEED))
            shown(results[-1].text())
    assert all(result.right for result in results), "\n".join(result.text() for result in results)
