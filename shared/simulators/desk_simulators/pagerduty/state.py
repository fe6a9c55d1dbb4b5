"""State of the simulated account: users, services with their integrations, incidents, alerts, logs, subscriptions."""

from collections.abc import Mapping
from datetime import UTC

from desk_simulators.kit.clock import Clock, system_clock
from desk_simulators.kit.keyed import KeyedState, milliseconds
from desk_simulators.kit.table import Record
from desk_simulators.pagerduty.identity import API_URL, Account, Behaviour

TABLES = ("user", "escalation_policy", "service", "incident", "alert", "log_entry", "webhook_subscription")
PATHS = {"escalation_policy": "escalation_policies", "log_entry": "log_entries"}
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
FIRST_NUMBER = 31_415_926
SPREAD = 48_271


class PagerState(KeyedState):
    """`waiting` are events that were accepted and not processed yet."""

    def __init__(
        self, *, clock: Clock = system_clock, account: Account | None = None, behaviour: Behaviour | None = None
    ) -> None:
        super().__init__(TABLES, clock)
        self.account = account or Account()
        self.behaviour = behaviour or Behaviour()
        self.waiting: list[Record] = []

    def milliseconds(self) -> str:
        return milliseconds(self.now().astimezone(UTC))

    def new_id(self, table: str) -> str:
        """An id as the vendor writes them: P, and six digits and capitals."""
        number = FIRST_NUMBER + SPREAD * (1000 * TABLES.index(table) + self.tables[table].last_id + 1)
        text = ""
        for _ in range(6):
            number, digit = divmod(number, 36)
            text = DIGITS[digit] + text
        return f"P{text}"

    def reference(self, table: str, record: Record) -> Record:
        """`{id, type, summary, self, html_url}` of a record."""
        return {
            "id": record["id"],
            "type": f"{table}_reference",
            "summary": record["summary"],
            "self": record["self"],
            "html_url": record["html_url"],
        }

    def addressed(self, table: str, key: str, *, console: bool = True) -> Record:
        """The members that every resource has: id, type, addresses."""
        path = f"{PATHS.get(table, f'{table}s')}/{key}"
        page = f"{self.account.console}/{path}".replace("/services/", "/service-directory/")
        return {"id": key, "type": table, "self": f"{API_URL}/{path}", "html_url": page if console else None}

    def related(self, table: str, incident: str) -> list[Record]:
        """The alerts or log entries of an incident, oldest first."""
        return [row for row in self.records(table) if row["incident"]["id"] == incident]

    def extras(self) -> Record:
        return {"waiting": self.waiting}

    def restore_extras(self, data: Mapping[str, object]) -> None:
        waiting = data["waiting"]
        if not isinstance(waiting, list):
            raise TypeError("waiting: not a list")
        self.waiting = [dict(event) for event in waiting]
