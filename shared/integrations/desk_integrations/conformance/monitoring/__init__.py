"""The suite of the monitoring kind: inherit `MonitoringConformance` and give it a harness of the vendor."""

from desk_integrations.conformance.cases import CredentialCases, VendorCases
from desk_integrations.conformance.monitoring.alerts import AlertCases
from desk_integrations.conformance.monitoring.devices import DeviceCases
from desk_integrations.conformance.monitoring.harness import MonitoringHarness, WatchedSeed
from desk_integrations.conformance.monitoring.webhooks import WebhookCases

__all__ = ["MonitoringConformance", "MonitoringHarness", "WatchedSeed"]


class MonitoringConformance(DeviceCases, AlertCases, WebhookCases, VendorCases, CredentialCases):
    """Every case of the monitoring kind."""
