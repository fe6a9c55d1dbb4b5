"""Encoding and decoding of one fact against the json module: the ratio of one run. Run by `make bench`."""

from __future__ import annotations

import json
import sys
import timeit
from collections.abc import Callable

from desk.contract.codec import decode, encode
from desk.contract.ticket.docs.facts import Reference, ResolutionDocumented
from desk.testing.facts import event

ROUNDS, RUNS = 1000, 10


def least(work: Callable[[], object]) -> float:
    """Seconds per call in the fastest of ten runs."""
    return min(timeit.repeat(work, number=ROUNDS, repeat=RUNS)) / ROUNDS


def main() -> None:
    fact = event(
        ResolutionDocumented(
            rev=1, root_cause="x" * 200, actions=("a" * 80, "b" * 80), symptom="vpn", references=(Reference("kb", "1"),)
        )
    )
    raw = encode(fact)
    plain = json.loads(raw)
    ours = least(lambda: encode(decode(raw)))
    modules = least(lambda: (json.loads(raw), json.dumps(plain)))
    sys.stdout.write(
        f"decode and encode one fact of {len(raw)} bytes: {ours * 1e6:.1f} us,"
        f" the json module {modules * 1e6:.1f} us, ratio {ours / modules:.2f} (aim: below 2)\n"
    )


if __name__ == "__main__":
    main()
