"""Rows of the PSA's receipts, subscriptions, cursors, feeds and revisits, in tables with the prefix `psa`."""

from __future__ import annotations

from desk_integrations.rows import IntegrationRows

PSA_ROWS = IntegrationRows("psa")
