"""Ids of webhook messages: random when live, reproducible in tests."""

import random
from collections.abc import Iterator
from uuid import UUID, uuid4


def random_ids() -> Iterator[UUID]:
    while True:
        yield uuid4()


def seeded_ids(seed: int) -> Iterator[UUID]:
    dice = random.Random(f"messages:{seed}")
    while True:
        yield UUID(int=dice.getrandbits(128), version=4)
