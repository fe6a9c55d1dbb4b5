"""Random worlds with a random life: corrections, invoices, voids, write-offs, moves, publications, closed periods."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from desk_billing.rating.lifecycle.ledger import Ledger
from desk_billing.rating.trial.answer import Trial

from ..rating_oracle.oracle_worlds import Maker

Document = dict[str, Any]  # Any: a document as written


class LifeMaker(Maker):
    """Makes worlds with events, and pools that roll over."""

    def world(self) -> Document:
        found = super().world()
        self.names = [one["entry"] for one in found["entries"]]
        late = found["entries"][-1]
        found["entries"] = found["entries"][:-1]
        for pool in found["pools"]:
            if "to" in pool and self.rng.random() < 0.6:
                pool["rollover"] = {"share": 0.5, "cap": 40, "periods": 1}
        events = [self._event(found) for _ in range(self.rng.randint(2, 9))]
        events.insert(self.rng.randrange(len(events)), {"log": late})
        found["events"] = events
        return found

    def _event(self, world: Document) -> Document:
        entry, rng = self.rng.choice(self.names), self.rng
        period = (self.first.replace(day=1)).isoformat()[:7]
        following = date(self.first.year + self.first.month // 12, self.first.month % 12 + 1, 1).isoformat()[:7]
        card: Document = {**self._card(), "bands": world["card"][0]["bands"]}
        choices: list[Document] = [
            {"correct": {"entry": entry, "minutes": rng.randint(0, 240)}},
            {"correct": {"ticket": rng.choice(("t1", "t2")), "client": rng.choice(("acme", "beta"))}},
            {"correct": {"ticket": "t1", "kind": "project"}},
            {"move": {"entry": entry, "ticket": rng.choice(("t1", "t2", "t3"))}},
            {"remove": {"entry": entry}},
            {"write-off": {"entry": entry, "minutes": rng.randint(1, 60)}},
            {"reverse": {"entry": entry}},
            {"publish": {"card": card, "retro": True}},
            {"close": {"client": "acme", "period": rng.choice((period, following))}},
        ]
        invoices = [{"invoice": {"invoice": rng.randint(1, 3), "entries": [name]}} for name in self.names]
        return rng.choice((*choices, *invoices, *invoices, {"void": {"invoice": rng.randint(1, 3)}}))


def lives(seeds: range) -> Iterator[Ledger]:
    """The ledgers of random lives; events that are refused are left out by the trial."""
    for seed in seeds:
        trial = Trial(LifeMaker(seed).world())
        assert trial.ledger is not None, trial.problems
        yield trial.ledger


def worlds(seeds: range) -> Iterator[Document]:
    """Random worlds without events."""
    for seed in seeds:
        yield Maker(seed).world()
