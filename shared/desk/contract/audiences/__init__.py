"""The readers of every field of every fact: one table beside the catalogue. A type without a row has no readers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import cache

from desk.contract.audiences import billing, docs, intake, sla, streams, triage
from desk.contract.audiences.row import Row as Row
from desk.contract.event import Payload

TABLE: Mapping[type[Payload], Row] = {
    **intake.ROWS,
    **triage.ROWS,
    **sla.ROWS,
    **billing.ROWS,
    **docs.ROWS,
    **streams.ROWS,
}


class Audience(StrEnum):
    """The readers of facts. `STAFF` see no rates and amounts; `BILLING`, account managers and auditors do."""

    STAFF = "staff"
    BILLING = "billing"
    ACCOUNT_MANAGER = "account-manager"
    AUDITOR = "auditor"
    CLIENT_IT = "client-it"


@cache
def fields_for(fact: type[Payload], audience: Audience) -> frozenset[str]:
    """The fields of that type that the audience may read; none of a type without a row."""
    row = TABLE.get(fact)
    if row is None:
        return frozenset()
    names = (row.client or "").split()
    if audience is not Audience.CLIENT_IT:
        names += row.staff.split()
    if audience not in (Audience.CLIENT_IT, Audience.STAFF):
        names += row.money.split()
    return frozenset(names)


def is_readable(fact: Payload, audience: Audience) -> bool:
    """Whether the audience learns of the fact at all. The MSP's people learn of all, in the fields they may read."""
    if audience is not Audience.CLIENT_IT:
        return True
    row = TABLE.get(type(fact))
    return row is not None and row.client is not None and (row.only is None or row.only(fact))


def problems(facts: Iterable[type[Payload]], table: Mapping[type[Payload], Row] = TABLE) -> list[str]:
    """The faults of the table: types without a row, rows of no type, fields that stand in no or in two columns."""
    catalogued = tuple(facts)
    found = [f"{fact.name}: no row in desk.contract.audiences" for fact in catalogued if fact not in table]
    found += [f"{fact.name}: a row, but no type" for fact in table if fact not in catalogued]
    for fact in catalogued:
        row = table.get(fact, Row())
        names = f"{row.staff} {row.money} {row.client or ''}".split()
        fields = fact.__struct_fields__
        missing, unknown = sorted(set(fields) - set(names)), sorted(set(names) - set(fields))
        if fact in table and (missing or unknown or len(names) != len(set(names))):
            found.append(f"{fact.name}: no column for {missing}, no such field {unknown}, or a field stands twice")
    return found
