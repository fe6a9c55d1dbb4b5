"""State of the simulated page."""

from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from zoneinfo import ZoneInfo

from desk_simulators.kit.clock import Clock, system_clock
from desk_simulators.kit.keyed import KeyedState, milliseconds
from desk_simulators.kit.table import Record
from desk_simulators.statuspage.identity import Behaviour, Page

TABLES = ("component", "incident", "maintenance", "update")
ALPHABET = "bcdfghjklmnpqrstvwxz0123456789"
KEY_LENGTH = 12


class PageState(KeyedState):
    """`updated_at` is the time of the newest record: the page is as new as that."""

    def __init__(
        self, *, clock: Clock = system_clock, page: Page | None = None, behaviour: Behaviour | None = None
    ) -> None:
        super().__init__(TABLES, clock)
        self.page = page or Page()
        self.behaviour = behaviour or Behaviour()
        self.updated_at = self.moment()

    def moment(self, at: datetime | None = None) -> str:
        """A time as the page writes it, in its own time zone."""
        return milliseconds((at or self.now()).astimezone(UTC).astimezone(ZoneInfo(self.page.time_zone)))

    def new_key(self, table: str) -> str:
        """An id in the vendor's form. The same on every run."""
        digest = sha256(f"{table}:{self.tables[table].last_id + 1}".encode()).digest()
        return "".join(ALPHABET[byte % len(ALPHABET)] for byte in digest[:KEY_LENGTH])

    def put(self, table: str, record: Record, *, removed: bool = False) -> Record:
        self.updated_at = self.moment()
        return super().put(table, record, removed=removed)

    def extras(self) -> Record:
        return {"updated_at": self.updated_at}

    def restore_extras(self, data: Mapping[str, object]) -> None:
        self.updated_at = str(data["updated_at"])
