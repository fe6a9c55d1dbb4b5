"""Initial records of the simulated MSP: boards, statuses, clients, people, machines, agreements."""

from datetime import datetime
from uuid import NAMESPACE_DNS, uuid5

from desk_simulators.connectwise.records.references import describe
from desk_simulators.connectwise.records.resources import RESOURCES
from desk_simulators.connectwise.seed import clients, service
from desk_simulators.connectwise.state import PsaState
from desk_simulators.kit.clock import stamp
from desk_simulators.kit.table import Record

ENTERED_BY = "admin"
FIRST_TICKET = 5100
FIRST_CALLBACK = 26700
FIRST_NOTE = 90000
FIRST_TIME_ENTRY = 40000


def seed(state: PsaState, *, since: datetime | None = None) -> PsaState:
    """Fill an empty state; records carry `since` (default: now) as their stamps. No listener is called."""
    at = stamp(since or state.now())
    info = {"lastUpdated": at, "updatedBy": ENTERED_BY, "dateEntered": at, "enteredBy": ENTERED_BY}
    for table, rows in {**service.TABLES, **clients.TABLES}.items():
        for row in rows:
            state.table(table).put({**_complete(state, table, row), "_info": info})
    state.status_classes = dict(service.STATUS_CLASSES)
    starts = {"ticket": FIRST_TICKET, "callback": FIRST_CALLBACK, "note": FIRST_NOTE, "time": FIRST_TIME_ENTRY}
    for table, last_id in starts.items():
        state.table(table).start_after(last_id)
    return state


def _complete(state: PsaState, table: str, row: Record) -> Record:
    """References written as ids become full ones, people get their display names."""
    resource = RESOURCES[table]
    record = {**resource.defaults, **row}
    for name, reference in resource.references.items():
        if isinstance(record.get(name), int):
            record[name] = describe(state, name, reference, state.record(reference.target, record[name]))
    if table in ("contact", "member"):
        record["fullName"] = f"{record['firstName']} {record['lastName']}"
    if table == "contact":
        record["mobileGuid"] = str(uuid5(NAMESPACE_DNS, f"contact:{record['id']}"))
    return record
