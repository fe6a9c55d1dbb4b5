"""State of the simulated account: resources without their links, which are made for the caller's address."""

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from datetime import UTC, datetime

from desk_simulators.auvik.identity import Account, Behaviour
from desk_simulators.kit.clock import Clock, system_clock
from desk_simulators.kit.keyed import KeyedState, milliseconds
from desk_simulators.kit.table import Record

TABLES = ("tenant", "device", "detail", "interface", "alert")
FIRST_NUMBER = 382_919_292_406_038_000


class AuvikState(KeyedState):
    """`webhook` is the address to which alerts are posted, as a user of the console configured it; None: none."""

    def __init__(
        self, *, clock: Clock = system_clock, account: Account | None = None, behaviour: Behaviour | None = None
    ) -> None:
        super().__init__(TABLES, clock)
        self.account = account or Account()
        self.behaviour = behaviour or Behaviour()
        self.webhook: str | None = None

    def moment(self, at: datetime | None = None) -> str:
        return milliseconds((at or self.now()).astimezone(UTC))

    def new_key(self, table: str, tenant: str) -> str:
        """The id of a new resource of a tenant."""
        return key(tenant, FIRST_NUMBER + 97 * (self.tables[table].last_id + 1))

    def tenant(self, tenant: str) -> Record:
        """`{"data": {...}}`, the relationship of a resource to its tenant."""
        record = self.row("tenant", tenant)["record"]
        prefix = record["attributes"]["domainPrefix"]
        return {"data": {"type": "tenant", "id": tenant, "attributes": {"domainPrefix": prefix}}}

    def extras(self) -> Record:
        return {"webhook": self.webhook}

    def restore_extras(self, data: Mapping[str, object]) -> None:
        webhook = data["webhook"]
        self.webhook = None if webhook is None else str(webhook)


def key(tenant: str, number: int) -> str:
    """An id as the vendor writes them: tenant and number, in base 64 without padding."""
    return urlsafe_b64encode(f"{tenant},{number}".encode()).decode().rstrip("=")


def tenant_of(record: Record) -> str:
    return str(record["relationships"]["tenant"]["data"]["id"])
