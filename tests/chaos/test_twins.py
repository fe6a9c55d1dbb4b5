"""Services that break one rule on purpose must be found by the checker: else its silence would prove nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.chaos.campaign import campaign
from tests.chaos.desk.members import Arming
from tests.chaos.desk.workdir import Places

pytestmark = [pytest.mark.postgres, pytest.mark.kafka, pytest.mark.slow, pytest.mark.alone]
SEED, LONGEST, REST = 7, 240.0, 8.0


async def test_an_inbox_that_takes_what_it_has_is_found_to_double(places: Places, shown: Callable[[str], None]) -> None:
    published_before_saved = [Arming("acknowledged", 3), Arming("acknowledged", 2)]
    plan = {"intake": published_before_saved, "triage": published_before_saved}
    outcome = await campaign(replace(places, twin="inbox-off"), SEED, plan, LONGEST, REST)
    shown(f"twin inbox-off: doubled {outcome.figures['doubled']} after {len(outcome.kills)} kills, seed {SEED}")
    assert not outcome.right
    assert outcome.figures["doubled"] > 0


async def test_a_place_that_is_saved_before_its_records_is_found_to_lose(
    places: Places, shown: Callable[[str], None]
) -> None:
    # odd passes of this point are between the two steps of the twin, even ones after both
    between = [Arming("inbox committed", 1), Arming("inbox committed", 3)]
    plan = {"sla": between, "billing": between, "docs": between}
    outcome = await campaign(replace(places, twin="acknowledged-first"), SEED, plan, LONGEST, REST)
    shown(f"twin acknowledged-first: lost {outcome.figures['lost']} after {len(outcome.kills)} kills, seed {SEED}")
    assert not outcome.right
    assert outcome.figures["lost"] > 0
