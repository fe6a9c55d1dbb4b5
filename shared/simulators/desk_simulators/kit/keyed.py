"""State of a vendor whose ids are texts. A row holds the vendor's record under `record`."""

from datetime import datetime

from desk_simulators.kit.clock import Clock, system_clock
from desk_simulators.kit.state import Change, State
from desk_simulators.kit.table import Record, Table


class KeyedState(State[str]):
    """`removed` of a row is true while the vendor does not list the record any more."""

    def __init__(self, tables: tuple[str, ...], clock: Clock = system_clock) -> None:
        super().__init__({name: Table(("record/id",), updated_path="record/updated_at") for name in tables}, clock)

    def records(self, table: str) -> list[Record]:
        """The records that the vendor lists, oldest first."""
        return [row["record"] for row in self.tables[table] if not row["removed"]]

    def rows(self, table: str) -> list[Record]:
        """The rows of `records`, with their numbers, by which a list is paged."""
        return [row for row in self.tables[table] if not row["removed"]]

    def row(self, table: str, key: str) -> Record:
        """Raises KeyError that names the record."""
        found = self.tables[table].first("record/id", key)
        if found is None:
            raise KeyError(f"no {table} {key!r}")
        return found

    def put(self, table: str, record: Record, *, removed: bool = False) -> Record:
        """Store the record under its id, a new one or another state of it, and notify the listeners."""
        rows = self.tables[table]
        before = rows.first("record/id", record["id"])
        number = rows.next_id() if before is None else before["id"]
        row = {"id": number, "record": record, "removed": removed}
        rows.put(row)
        self.emit(Change(table, "updated" if before else "added", number, before, row, "", self.stamp()))
        return record


def milliseconds(at: datetime) -> str:
    """`2026-06-08T10:51:58.000Z`, or with the offset of a zone that is not UTC."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
