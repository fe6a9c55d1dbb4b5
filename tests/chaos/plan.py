"""Plans from one seed which service is killed at which fault point."""

from __future__ import annotations

import random
from collections.abc import Mapping

from tests.chaos.desk.members import Arming

LOG = ("rows written", "committed", "relay read", "produced", "acknowledged", "position saved")
BUS = ("polled", "inbox committed", "offsets committed")
COMMANDS = ("command in", "answered")
OUTSIDE = (
    "receipt in", "receipt committed", "receipt taken", "receipt read",
    "effect taken", "effect sent", "effect answered", "effect settled",
)  # fmt: skip
PASSED: Mapping[str, tuple[str, ...]] = {
    "intake": LOG + BUS + COMMANDS + OUTSIDE,
    "triage": LOG + BUS + COMMANDS,
    "sla": LOG + BUS,
    "billing": LOG + BUS + COMMANDS,
    "docs": LOG + BUS + COMMANDS,
}
"""The boundaries that each service comes to under the load of these tests."""
SELDOM = {"position saved": 2, "offsets committed": 2}
USUAL = 4


def kills(seed: int, count: int) -> dict[str, list[Arming]]:
    """`count` kills: first each boundary of each service once, in random order, then more where there were fewest."""
    dice = random.Random(f"kills:{seed}")
    pairs = [(service, boundary) for service, passed in PASSED.items() for boundary in passed]
    dice.shuffle(pairs)
    found: dict[str, list[Arming]] = {service: [] for service in PASSED}
    for service, boundary in pairs[:count]:
        found[service].append(_arming(dice, boundary))
    for _ in range(count - len(pairs)):
        service = min(found, key=lambda name: len(found[name]))
        found[service].append(_arming(dice, dice.choice(PASSED[service])))
    return found


def _arming(dice: random.Random, boundary: str) -> Arming:
    return Arming(boundary, dice.randint(1, SELDOM.get(boundary, USUAL)))
