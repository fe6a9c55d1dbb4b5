"""World files with junk anywhere: the trial answers with refusals and never fails."""

from __future__ import annotations

import copy
import random
from datetime import date, datetime
from typing import Any

import msgspec
import pytest

from desk_billing.rating.trial.answer import Trial

from .property_worlds import Document, LifeMaker

JUNK: tuple[Any, ...] = (  # Any: junk of every type
    None,
    [],
    {},
    "",
    "x",
    "\x00=cmd",
    -1,
    0,
    10**30,
    1e300,
    float("nan"),
    True,
    [None],
    {"a": {"b": 1}},
    date(2026, 3, 1),
    datetime(2026, 3, 1, 9),
    "9999-12-31",
    "0001-01-01",
    "0001-01-01T00:00:00Z",
    "2026-03-02T09:00:00+23:59",
)


def _places(node: object, path: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
    found = [path] if path else []
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        found += _places(value, (*path, key))
    return found


def spoiled(seed: int) -> Document:
    """A random world with junk at one to three places."""
    rng = random.Random(seed)
    world: Document = copy.deepcopy(LifeMaker(seed).world())
    for _ in range(rng.randint(1, 3)):
        *path, last = rng.choice(_places(world))
        node: Any = world  # Any: a mapping or a list
        for key in path:
            node = node[key]
        node[last] = rng.choice(JUNK)
    return world


@pytest.mark.parametrize("first", range(0, 120, 60))
def test_a_file_with_junk_is_answered(first: int) -> None:
    refused = 0
    for seed in range(first, first + 60):
        trial = Trial(spoiled(seed))
        msgspec.json.encode(trial.answer)
        assert list(trial.text()) is not None
        assert all(one.field and one.remedy and one.code for one in trial.answer.refused)
        refused += bool(trial.answer.refused)
    assert refused > 30
