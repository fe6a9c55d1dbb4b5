"""Rows of our own subscriptions, because another desk at the same vendor may have subscriptions that look alike."""

from __future__ import annotations

from collections.abc import Iterable

from desk.eventstore.table_writer import DbCursor
from desk_integrations.table_prefix import TablePrefix

TABLES = ("CREATE TABLE {prefix}_hooks (instance text, hook text, url text NOT NULL, PRIMARY KEY (instance, hook))",)
"""The table, for the owner's migration. `hook` is the vendor's id; a column of numbers serves as well."""
REMEMBER = (
    "INSERT INTO {prefix}_hooks AS h (instance, hook, url) VALUES (%s, %s, %s)"
    " ON CONFLICT (instance, hook) DO UPDATE SET url = excluded.url WHERE h.url <> excluded.url"
)
FORMER = "SELECT hook::text, url FROM {prefix}_hooks WHERE instance = %s AND url IS DISTINCT FROM %s ORDER BY hook"
FORGET = "DELETE FROM {prefix}_hooks WHERE instance = %s AND hook = %s"


class SubscriptionRows:
    """Statements on the subscriptions of one set of tables."""

    def __init__(self, prefix: TablePrefix) -> None:
        self._remember, self._former, self._forget = prefix(REMEMBER), prefix(FORMER), prefix(FORGET)

    def remember(self, cursor: DbCursor, instance: str, hooks: Iterable[str], address: str) -> None:
        """Store that these subscriptions at the address are ours."""
        cursor.executemany(self._remember, [(instance, hook, address) for hook in hooks])

    def former(self, cursor: DbCursor, instance: str, address: str | None) -> dict[str, str]:
        """Our subscriptions at other addresses: address by id."""
        return dict(cursor.execute(self._former, (instance, address)).fetchall())

    def forget(self, cursor: DbCursor, instance: str, hook: str) -> None:
        """Remove a subscription that is gone at the vendor."""
        cursor.execute(self._forget, (instance, hook))
