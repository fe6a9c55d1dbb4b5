"""`python -m tests.architecture` writes the rooms of `handbook/architecture.md` and `debts.toml` again.

Exit code 1, and `debts.toml` as it was, when a total grew.
"""

from __future__ import annotations

import sys

from tests.architecture.ratchet import FILE, RULES, growth, listed, measured, written
from tests.architecture.rooms import PAGE, page


def main() -> int:
    """Write the rooms of the handbook, measure every rule, print the totals, and write them down unless one grew."""
    PAGE.write_text(page(PAGE.read_text()))
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
