"""Writes `debts.toml` again: `python -m tests.architecture`. Exit code 1, and nothing written, when a total grew."""

from __future__ import annotations

import sys

from tests.architecture.ratchet import FILE, RULES, growth, listed, measured, written


def main() -> int:
    """Measure every rule, print the totals, and write them down unless one grew."""
    found, owed = measured(), listed()
    for rule in RULES:
        before = f" (listed {sum(owed[rule.name].values())})" if rule.name in owed else ""
        sys.stdout.write(f"{sum(found[rule.name].values()):6} {rule.unit}{before}\n")
    if grown := growth(found, owed):
        sys.stdout.write("not written, for debts may only shrink:\n" + "\n".join(grown) + "\n")
        return 1
    FILE.write_text(written(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
