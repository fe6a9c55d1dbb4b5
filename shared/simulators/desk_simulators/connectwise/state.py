"""Everything the PSA remembers. Writes go through `writes`, which tells the listeners."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from desk_simulators.connectwise.clock import Clock, stamp, system_clock
from desk_simulators.connectwise.errors import missing_record
from desk_simulators.connectwise.identity import Actor, Behaviour, Instance
from desk_simulators.connectwise.resources import RESOURCES
from desk_simulators.connectwise.table import Record, Table

Action = Literal["added", "updated", "deleted"]


@dataclass(frozen=True, slots=True)
class Change:
    """A write that happened. `quiet` = the writer asked for no callback."""

    table: str
    action: Action
    record_id: int
    before: Record | None
    after: Record | None
    actor: Actor
    at: str
    quiet: bool = False


Listener = Callable[[Change], None]


class PsaState:
    def __init__(
        self, *, clock: Clock = system_clock, instance: Instance | None = None, behaviour: Behaviour | None = None
    ) -> None:
        self.clock = clock
        self.instance = instance or Instance()
        self.behaviour = behaviour or Behaviour()
        self.tables: dict[str, Table] = {name: Table(resource.indexed) for name, resource in RESOURCES.items()}
        self.audit: dict[str, list[Record]] = {}
        self.status_classes: dict[int, str] = {}
        self.listeners: list[Listener] = []
        self.revision = 0

    def now(self) -> datetime:
        return self.clock()

    def stamp(self) -> str:
        return stamp(self.clock())

    def table(self, name: str) -> Table:
        return self.tables[name]

    def record(self, table: str, record_id: int) -> Record:
        """Raises the API's 404 when there is none."""
        record = self.tables[table].get(record_id)
        if record is None:
            raise missing_record(RESOURCES[table].name, record_id)
        return record

    def member(self, identifier: str) -> Actor:
        """Raises KeyError for an identifier that is nobody's."""
        record = self.tables["member"].first("identifier", identifier)
        if record is None:
            raise KeyError(
                f"no member {identifier!r}; members: {sorted(m['identifier'] for m in self.tables['member'])}"
            )
        return Actor(record["id"], record["identifier"])

    def statuses(self, board_id: int) -> list[Record]:
        return self.tables["status"].find("boardId", board_id)

    def emit(self, change: Change) -> None:
        self.revision += 1
        for listener in self.listeners:
            listener(change)
