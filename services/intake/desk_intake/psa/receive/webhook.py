"""The callbacks of the PSA: their public route, and our subscriptions to them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from fastapi import APIRouter

from desk.eventstore.event_log import EventLog
from desk_intake.psa.connection import PsaConnection
from desk_intake.psa.event_log_access import LogAccess
from desk_intake.psa.receipt_and_feed_rows import PSA_ROWS
from desk_intake.psa.receive.webhook_record_reader import TYPES
from desk_integrations.webhooks.route import CallbackEndpoint, callback_address, callback_routes
from desk_integrations.webhooks.subscriptions import ensure_subscriptions

KIND = "psa"


def webhook_routes(connections: Mapping[str, PsaConnection], event_log: EventLog, wake: asyncio.Event) -> APIRouter:
    """`POST /psa/{instance}/callbacks`."""
    endpoint = CallbackEndpoint(
        kind=KIND,
        label="PSA",
        instances={name: connection.psa.callback for name, connection in connections.items()},
        types=TYPES,
        unknown="unknown_psa_instance",
    )
    return callback_routes(endpoint, PSA_ROWS.receipts, event_log, wake)


async def ensure_hooks(access: LogAccess) -> tuple[str, ...]:
    """Subscribe to every type that the PSA delivers, at `callback_url`; returns the ids of re-enabled subscriptions."""
    config, psa = access.config, access.connection.psa
    address = None
    if config.callback_url is not None:
        address = psa.callback_address(callback_address(config.callback_url, KIND, config.id))
    return await ensure_subscriptions(access, psa, address, psa.capabilities.subscriptions)
