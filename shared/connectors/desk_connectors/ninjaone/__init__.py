"""NinjaOne's public API 2.0 in its own terms: client, records, sign-in, paging, webhooks."""

from desk_connectors.ninjaone.client import NinjaOne
from desk_connectors.ninjaone.paging import Listing
from desk_connectors.ninjaone.settings import NinjaOneSettings
from desk_connectors.ninjaone.tokens import ClientCredentials, Token, Tokens, request_token
from desk_connectors.ninjaone.webhook import WebhookInvalid, parse_webhook

__all__ = [
    "ClientCredentials",
    "Listing",
    "NinjaOne",
    "NinjaOneSettings",
    "Token",
    "Tokens",
    "WebhookInvalid",
    "parse_webhook",
    "request_token",
]
