"""The tables of a service's integrations: receipts, subscriptions, cursors, feeds and revisits, under one prefix."""

from __future__ import annotations

from desk_integrations import cursors
from desk_integrations.cursors import CursorRows
from desk_integrations.polling import feed_rows, revisit_rows
from desk_integrations.polling.feed_rows import FeedRows
from desk_integrations.polling.revisit_rows import RevisitRows
from desk_integrations.receipts import rows as receipt_rows
from desk_integrations.receipts.rows import ReceiptRows
from desk_integrations.table_prefix import TablePrefix
from desk_integrations.webhooks import subscription_rows
from desk_integrations.webhooks.subscription_rows import SubscriptionRows

TEMPLATES = (
    *receipt_rows.TABLES,
    *subscription_rows.TABLES,
    *cursors.TABLES,
    *feed_rows.TABLES,
    *revisit_rows.TABLES,
)


class IntegrationRows:
    """The statements on one set of tables. Instances of several vendors and kinds may share a set: every row names its
    instance. ValueError for a prefix that is no table prefix.
    """

    def __init__(self, prefix: str) -> None:
        names = TablePrefix(prefix)
        self.receipts, self.subscriptions = ReceiptRows(names), SubscriptionRows(names)
        self.cursors, self.feeds, self.revisits = CursorRows(names), FeedRows(names), RevisitRows(names)


def create_tables(prefix: str) -> list[str]:
    """The statements that create the tables, for the migration of the service that owns them."""
    names = TablePrefix(prefix)
    return [names(template).decode() for template in TEMPLATES]
