"""State of the simulated PSA: its records, audit trail and status classes. Writes go through `records.writes`."""

from collections.abc import Mapping
from typing import Any

from desk_simulators.connectwise.errors import missing_record
from desk_simulators.connectwise.identity import Actor, Behaviour, Instance
from desk_simulators.connectwise.records.resources import RESOURCES
from desk_simulators.kit import state as kit
from desk_simulators.kit.clock import Clock, system_clock
from desk_simulators.kit.table import Record, Table

INSTANCE_EXTRAS = ("codebase", "key_id", "signing_key")
Change = kit.Change[Actor]


class PsaState(kit.State[Actor]):
    def __init__(
        self, *, clock: Clock = system_clock, instance: Instance | None = None, behaviour: Behaviour | None = None
    ) -> None:
        super().__init__({name: Table(resource.indexed) for name, resource in RESOURCES.items()}, clock)
        self.instance = instance or Instance()
        self.behaviour = behaviour or Behaviour()
        self.audit: dict[str, list[Record]] = {}
        self.status_classes: dict[int, str] = {}

    def record(self, table: str, record_id: int) -> Record:
        """Raises the API's 404 when there is none."""
        record = self.tables[table].get(record_id)
        if record is None:
            raise missing_record(RESOURCES[table].name, record_id)
        return record

    def member(self, identifier: str) -> Actor:
        """Raises KeyError for an identifier that no member has."""
        record = self.tables["member"].first("identifier", identifier)
        if record is None:
            raise KeyError(
                f"no member {identifier!r}; members: {sorted(m['identifier'] for m in self.tables['member'])}"
            )
        return Actor(record["id"], record["identifier"])

    def statuses(self, board_id: int) -> list[Record]:
        return self.tables["status"].find("boardId", board_id)

    def extras(self) -> dict[str, Any]:
        return {
            **{name: getattr(self.instance, name) for name in INSTANCE_EXTRAS},
            "status_classes": {str(status): name for status, name in self.status_classes.items()},
            "audit": self.audit,
        }

    def restore_extras(self, data: Mapping[str, Any]) -> None:
        for name in INSTANCE_EXTRAS:
            setattr(self.instance, name, data[name])
        self.status_classes = {int(status): name for status, name in data["status_classes"].items()}
        self.audit = data["audit"]
