"""Auvik's API v1 in its own terms: client, records, paging, webhooks."""

from desk_connectors.auvik.client import Auvik, DetailedDevice
from desk_connectors.auvik.records import Alert, Device, DeviceDetail
from desk_connectors.auvik.session import Credentials
from desk_connectors.auvik.settings import AuvikSettings
from desk_connectors.auvik.webhook import Notice, WebhookInvalid, parse_webhook

__all__ = [
    "Alert",
    "Auvik",
    "AuvikSettings",
    "Credentials",
    "DetailedDevice",
    "Device",
    "DeviceDetail",
    "Notice",
    "WebhookInvalid",
    "parse_webhook",
]
