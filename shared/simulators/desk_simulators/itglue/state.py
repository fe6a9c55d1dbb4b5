"""State of the simulated account: resources of the JSON:API by their ids."""

from datetime import UTC

from desk_simulators.itglue.identity import Account, Behaviour
from desk_simulators.kit.clock import Clock, system_clock
from desk_simulators.kit.keyed import KeyedState, milliseconds
from desk_simulators.kit.table import Record

FIRST_IDS = {
    "organization": 410_500,
    "configuration": 7_720_000,
    "asset_type": 266_100,
    "asset_field": 1_800_000,
    "asset": 9_918_000,
    "folder": 88_100,
    "document": 15_530_000,
    "section": 21_400_000,
    "relation": 3_300_000,
}
"""Table -> the number after which its new ids come."""


class ItGlueState(KeyedState):
    """A row's record is `{"id", "type", "attributes"}`; members that begin with `_` are not answered."""

    def __init__(
        self, *, clock: Clock = system_clock, account: Account | None = None, behaviour: Behaviour | None = None
    ) -> None:
        super().__init__(tuple(FIRST_IDS), clock)
        self.account = account or Account()
        self.behaviour = behaviour or Behaviour()

    def moment(self) -> str:
        return milliseconds(self.now().astimezone(UTC))

    def new_id(self, table: str) -> str:
        return str(FIRST_IDS[table] + self.tables[table].last_id + 1)

    def find(self, table: str, key: str) -> Record | None:
        """The record, unless it was removed."""
        row = self.tables[table].first("record/id", key)
        found: Record | None = None if row is None or row["removed"] else row["record"]
        return found

    def change(self, table: str, record: Record, **attributes: object) -> Record:
        """The record with other attributes, as of now."""
        changed = {**record["attributes"], **attributes, "updated-at": self.moment()}
        return self.put(table, {**record, "attributes": changed})

    def remove(self, table: str, key: str) -> Record:
        """The record is no longer listed or found. Raises KeyError that names it."""
        return self.put(table, self.row(table, key)["record"], removed=True)
