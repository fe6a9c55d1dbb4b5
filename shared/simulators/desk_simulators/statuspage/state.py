"""State of the simulated page. A row holds the vendor's record under `record`, whose id is a text."""

from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any  # Any: JSON records, as in the kit
from zoneinfo import ZoneInfo

from desk_simulators.kit import state as kit
from desk_simulators.kit.clock import Clock, system_clock
from desk_simulators.kit.state import Change
from desk_simulators.kit.table import Record, Table
from desk_simulators.statuspage.identity import Behaviour, Page

TABLES = ("component", "incident", "maintenance", "update")
ALPHABET = "bcdfghjklmnpqrstvwxz0123456789"
KEY_LENGTH = 12


class PageState(kit.State[str]):
    """`removed` of an incident's row is true while the page does not list it any more."""

    def __init__(
        self, *, clock: Clock = system_clock, page: Page | None = None, behaviour: Behaviour | None = None
    ) -> None:
        tables = {name: Table(("record/id",), updated_path="record/updated_at") for name in TABLES}
        super().__init__(tables, clock)
        self.page = page or Page()
        self.behaviour = behaviour or Behaviour()
        self.updated_at = self.moment()

    def moment(self, at: datetime | None = None) -> str:
        """A time with milliseconds, as the page writes it: `2026-06-08T10:51:58.000Z`, or with the page's offset."""
        zone = ZoneInfo(self.page.time_zone)
        local = (at or self.now()).astimezone(UTC).astimezone(zone)
        return local.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def new_key(self, table: str) -> str:
        """An id in the vendor's form. The same on every run."""
        digest = sha256(f"{table}:{self.tables[table].last_id + 1}".encode()).digest()
        return "".join(ALPHABET[byte % len(ALPHABET)] for byte in digest[:KEY_LENGTH])

    def records(self, table: str) -> list[Record]:
        """The records that the page lists, oldest first."""
        return [row["record"] for row in self.tables[table] if not row["removed"]]

    def row(self, table: str, key: str) -> Record:
        """Raises KeyError that names the record."""
        found = self.tables[table].first("record/id", key)
        if found is None:
            raise KeyError(f"no {table} {key!r} on the page")
        return found

    def put(self, table: str, record: Record, *, removed: bool = False) -> Record:
        """Store the record under its id, a new one or another state of it; the page is as new as its newest record."""
        rows = self.tables[table]
        before = rows.first("record/id", record["id"])
        number = rows.next_id() if before is None else before["id"]
        row = {"id": number, "record": record, "removed": removed}
        rows.put(row)
        self.updated_at = self.moment()
        self.emit(Change(table, "updated" if before else "added", number, before, row, "", self.stamp()))
        return record

    def extras(self) -> dict[str, Any]:
        return {"updated_at": self.updated_at}

    def restore_extras(self, data: Mapping[str, Any]) -> None:
        self.updated_at = str(data["updated_at"])
