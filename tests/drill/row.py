"""One exercise of the drill, and its result."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["dropped", "older", "point", "ring", "read-only", "hang", "disk-full", "connections"]
RESTORES: tuple[Kind, ...] = ("dropped", "older", "point", "ring")
COLUMNS = ("lost", "double", "order", "unequal", "false", "repeated", "parked", "psa")


@dataclass(frozen=True)
class Row:
    """One exercise: what happens to which services, on which bus. `seconds` is how long a fault lasts."""

    bus: Literal["local", "kafka"]
    kind: Kind
    services: tuple[str, ...]
    seconds: float = 0.0

    @property
    def name(self) -> str:
        """As the table names it."""
        whose = "all five" if len(self.services) > 1 else self.services[0]
        words = {
            "dropped": f"{whose}: store dropped",
            "older": f"{whose}: older dump",
            "point": "all five to one point",
            "ring": "key ring older than the facts",
            "read-only": f"database read-only {self.seconds:.0f} s",
            "hang": f"database hangs {self.seconds:.0f} s (SIGSTOP)",
            "disk-full": f"disk full {self.seconds:.0f} s",
            "connections": f"no connection left {self.seconds:.0f} s",
        }
        return words[self.kind]


@dataclass
class Result:
    """The result of a row. `complaints` are findings beyond the checker's figures; `decided` in seconds."""

    row: Row
    seed: int
    figures: dict[str, Any] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)
    decided: float | None = None
    remark: str = ""
    skipped: str = ""

    @property
    def right(self) -> bool:
        """Whether nothing is wrong."""
        return not self.complaints and not any(self.figures.get(name) for name in COLUMNS)

    def text(self) -> str:
        """For people, with the first examples of what is wrong."""
        if self.skipped:
            return f"{self.row.bus:5} {self.row.name}: not run, {self.skipped}"
        counts = ", ".join(f"{name} {self.figures.get(name, '?')}" for name in COLUMNS)
        decided = "never" if self.decided is None else f"{self.decided:.1f} s"
        lines = [f"{self.row.bus:5} {self.row.name}: {'right' if self.right else 'WRONG'}; {counts}; decided {decided}"]
        lines += [f"        {self.remark}"] if self.remark else []
        lines += [f"        {complaint}" for complaint in self.complaints]
        lines += [
            f"        {name}: {line}" for name, found in self.figures.get("examples", {}).items() for line in found
        ]
        return "\n".join(lines)
