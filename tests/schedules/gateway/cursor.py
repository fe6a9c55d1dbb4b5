"""A cursor that answers the gateway's own statements from rows in memory.

Each statement is the constant that the product executes. One that is not answered here is an error, so that a new
statement cannot pass unnoticed. The answers are a model of PostgreSQL's, which `test_statements_on_postgres` compares
with PostgreSQL itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tests.schedules.gateway import ledger_statements, record_statements
from tests.schedules.gateway.rows import Rows

from desk.inbox.parked_rows import HELD
from desk.testing.in_memory.reads import MemoryCursor

READS = record_statements.READS
WRITES = {**record_statements.WRITES, **ledger_statements.WRITES}


class GatewayCursor(MemoryCursor):
    """Answers statements; `rowcount` is the number of rows found or changed."""

    def __init__(self, parked: Mapping[int, Any], rows: Rows) -> None:
        super().__init__(parked)
        self.tables, self.rowcount = rows, 0

    def execute(self, query: Any, arguments: Any = (), **options: Any) -> Any:
        """Answer one statement. LookupError for one that is not known here."""
        if query == HELD or (isinstance(query, str) and " FROM parked " in query):
            return super().execute(query, arguments, **options)
        self._answer(self.answer(query, arguments))
        return self

    def answer(self, query: str | bytes, arguments: Any) -> Sequence[tuple[Any, ...]]:
        """The rows that a statement answers or has changed."""
        found = READS.get(query) or WRITES.get(query)
        if found is None:
            raise LookupError(f"no rows in memory answer {query!r}")
        if query in WRITES:
            self.tables.save()
        answered: Sequence[tuple[Any, ...]] | None = (
            found(self.tables, **arguments) if isinstance(arguments, dict) else found(self.tables, *arguments)
        )
        return answered or ()

    def executemany(self, query: Any, many: Sequence[Any]) -> None:
        """One statement for many rows."""
        for arguments in many:
            self.execute(query, arguments)

    def fetchone(self) -> Any:
        """The next row, or None."""
        return self._rows.pop(0) if self._rows else None

    def fetchall(self) -> list[Any]:
        """The remaining rows."""
        found, self._rows = self._rows, []
        return found

    def _answer(self, rows: Sequence[tuple[Any, ...]]) -> None:
        self._rows, self.rowcount = list(rows), len(rows)
