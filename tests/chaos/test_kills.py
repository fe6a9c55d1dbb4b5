"""kill -9 at every boundary of the way of a fact, on a real broker: nothing lost, nothing doubled, nothing inverted.

DESKSTREAM_KILLS (70) and DESKSTREAM_SEED (1) choose another run, DESKSTREAM_COLD=1 starts every process anew.
"""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from tests.chaos.campaign import campaign
from tests.chaos.desk.workdir import Places
from tests.chaos.plan import PASSED, kills

pytestmark = [pytest.mark.postgres, pytest.mark.kafka, pytest.mark.slow, pytest.mark.alone]
KILLS, SEED = int(os.environ.get("DESKSTREAM_KILLS", "70")), int(os.environ.get("DESKSTREAM_SEED", "1"))
LONGEST = 60.0 + 8.0 * KILLS


async def test_services_killed_at_every_boundary_lose_double_and_invert_nothing(
    places: Places, shown: Callable[[str], None]
) -> None:
    plan = kills(SEED, KILLS)
    outcome = await campaign(places, SEED, plan, LONGEST)
    summary = outcome.summary(SEED)
    shown(summary)
    assert outcome.right, summary
    assert len(outcome.kills) >= KILLS
    wanted = {(service, arming.boundary) for service, armings in plan.items() for arming in armings}
    assert wanted <= {(kill.service, kill.boundary) for kill in outcome.kills}
    assert outcome.figures["published_again"] > 0
    assert outcome.figures["commands_accepted"] > 0
    assert outcome.figures["psa_acts"] > 0


def test_the_plan_of_a_hundred_kills_has_every_boundary_of_every_service() -> None:
    found = {(service, arming.boundary) for service, armings in kills(1, 100).items() for arming in armings}
    assert found == {(service, boundary) for service, passed in PASSED.items() for boundary in passed}
    assert kills(1, 100) == kills(1, 100) != kills(2, 100)
    assert sum(map(len, kills(1, 100).values())) == 100
