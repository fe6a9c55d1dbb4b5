"""Records of a simulated vendor, by table, with listeners for every change."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Literal, TypeVar

from desk_simulators.kit.clock import Clock, stamp, system_clock
from desk_simulators.kit.table import Record, Table

A = TypeVar("A")
Action = Literal["added", "updated", "deleted"]


@dataclass(frozen=True)
class Change(Generic[A]):
    """A write that happened. `quiet`: the writer asked for no webhook."""

    table: str
    action: Action
    record_id: int
    before: Record | None
    after: Record | None
    actor: A
    at: str
    quiet: bool = False


class State(Generic[A]):
    """Tables, clock and listeners. `A` is the type that says who made a change."""

    def __init__(self, tables: Mapping[str, Table], clock: Clock = system_clock) -> None:
        self.clock = clock
        self.tables: dict[str, Table] = dict(tables)
        self.listeners: list[Callable[[Change[A]], None]] = []
        self.revision = 0

    def now(self) -> datetime:
        return self.clock()

    def stamp(self) -> str:
        return stamp(self.clock())

    def table(self, name: str) -> Table:
        return self.tables[name]

    def emit(self, change: Change[A]) -> None:
        self.revision += 1
        for listener in self.listeners:
            listener(change)

    def extras(self) -> dict[str, Any]:
        """Further values for the snapshot, beside tables and revision."""
        return {}

    def restore_extras(self, data: Mapping[str, object]) -> None:
        """Read what `extras` wrote. Raises KeyError, TypeError or ValueError for anything else."""
