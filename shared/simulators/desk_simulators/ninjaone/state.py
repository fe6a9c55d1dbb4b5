"""State of the simulated tenant: organisations, devices, their history, alerts, and the webhook of each client."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from desk_simulators.kit import state as kit
from desk_simulators.kit.clock import Clock, system_clock
from desk_simulators.kit.table import Record, Table
from desk_simulators.ninjaone.errors import missing
from desk_simulators.ninjaone.identity import Behaviour, Instance

Change = kit.Change[str]
INDEXES: Mapping[str, tuple[str, ...]] = {
    "organization": (),
    "location": ("organizationId",),
    "user": ("email", "userType"),
    "device": ("organizationId",),
    "activity": ("deviceId", "seriesUid"),
    "alert": ("deviceId", "uid"),
    "os_patch": ("deviceId",),
    "software_patch": ("deviceId",),
    "software": ("deviceId",),
}
MISSING = {"device": "node", "organization": "organization", "alert": "alert"}


class NinjaState(kit.State[str]):
    """`deviceId` and `id` of patches, software and alerts are the simulator's own; answers leave them out."""

    def __init__(
        self, *, clock: Clock = system_clock, instance: Instance | None = None, behaviour: Behaviour | None = None
    ) -> None:
        super().__init__({name: Table(paths) for name, paths in INDEXES.items()}, clock)
        self.instance = instance or Instance()
        self.behaviour = behaviour or Behaviour()
        self.webhooks: dict[str, Record] = {}
        """Webhook configuration by client id; one for each API client."""

    def epoch(self) -> float:
        """The present instant in epoch seconds with milliseconds."""
        return epoch(self.now())

    def record(self, table: str, record_id: int) -> Record:
        """Raises the API's 404 when there is none."""
        record = self.tables[table].get(record_id)
        if record is None:
            raise missing(MISSING.get(table, table))
        return record

    def put(self, table: str, record: Record, actor: str = "") -> Record:
        """Store the record under its id (a new one without) and notify the listeners."""
        rows = self.tables[table]
        stored = record if "id" in record else {"id": rows.next_id(), **record}
        before = rows.get(stored["id"])
        rows.put(stored)
        action: kit.Action = "updated" if before else "added"
        self.emit(Change(table, action, stored["id"], before, stored, actor, self.stamp()))
        return stored

    def remove(self, table: str, record_id: int, actor: str = "") -> Record:
        before = self.tables[table].remove(record_id)
        self.emit(Change(table, "deleted", record_id, before, None, actor, self.stamp()))
        return before

    def client_number(self, client_id: str) -> int:
        """The client's place among the applications, from 1."""
        return [application.client_id for application in self.instance.applications].index(client_id) + 1

    def extras(self) -> dict[str, Any]:
        return {"webhooks": self.webhooks}

    def restore_extras(self, data: Mapping[str, Any]) -> None:
        self.webhooks = dict(data["webhooks"])


def epoch(moment: datetime) -> float:
    return round(moment.timestamp(), 3)
