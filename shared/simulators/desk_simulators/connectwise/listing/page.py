"""One page of a list: filtered, ordered, with the links to the others (contract 2.3)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from desk_simulators.connectwise.listing.conditions import candidates
from desk_simulators.connectwise.listing.conditions.evaluate import values_at
from desk_simulators.connectwise.listing.request import Listing
from desk_simulators.kit.paging import numbered_links, page_of
from desk_simulators.kit.table import Record, Table


@dataclass(frozen=True, slots=True)
class Page:
    records: list[Record]
    relations: dict[str, dict[str, int]]
    """Link relation -> query parameters that lead there."""


def matching(listing: Listing, rows: Table | Iterable[Record]) -> list[Record]:
    """All records that the conditions admit, in the asked order (by id when none is asked)."""
    found = candidates(rows, listing.where) if isinstance(rows, Table) else rows
    records = [record for record in found if all(test(record) for test in listing.filters)]
    records.sort(key=lambda record: int(record["id"]))
    for path, descending in reversed(listing.order):
        records.sort(key=lambda record: _rank(next(values_at(record, path), None)), reverse=descending)
    return records


def page(listing: Listing, rows: Table | Iterable[Record]) -> Page:
    """One page, and the links to the others."""
    if listing.page_id is not None:
        return _forward(listing, rows)
    size, number = listing.page_size, listing.page
    total, records = _part(listing, rows, slice((number - 1) * size, number * size))
    return Page(records, numbered_links(total, number, size))


def _part(listing: Listing, rows: Table | Iterable[Record], part: slice) -> tuple[int, list[Record]]:
    """How many records there are in all, and those of this part."""
    if isinstance(rows, Table) and not listing.filters and not listing.order:
        return len(rows), rows.window(part)
    records = matching(listing, rows)
    return len(records), records[part]


def _forward(listing: Listing, rows: Table | Iterable[Record]) -> Page:
    start = listing.page_id or 0
    if isinstance(rows, Table) and listing.where is None:
        later = (record for record in rows.after(start) if all(test(record) for test in listing.filters))
    else:
        later = (record for record in matching(listing, rows) if record["id"] > start)
    records, more = page_of(later, listing.page_size)
    return Page(records, {"next": {"pageId": records[-1]["id"], "pageSize": listing.page_size}} if more else {})


def _rank(value: object) -> tuple[int, Any]:
    """Missing values first, then numbers, then text without regard to case."""
    if isinstance(value, bool | int | float):
        return (1, value)
    return (0, "") if value is None else (2, str(value).casefold())
