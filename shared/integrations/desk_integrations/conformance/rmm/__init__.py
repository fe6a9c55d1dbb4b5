"""The suite of the RMM kind: inherit `RmmConformance` and give it a harness of the vendor."""

from desk_integrations.conformance.cases import CredentialCases, VendorCases
from desk_integrations.conformance.rmm.credentials import TokenCases
from desk_integrations.conformance.rmm.failures import FailureCases
from desk_integrations.conformance.rmm.harness import ChangeSeed, DeviceSeed, RmmHarness, RmmPaths
from desk_integrations.conformance.rmm.logs import LogCases
from desk_integrations.conformance.rmm.reading import ReadingCases
from desk_integrations.conformance.rmm.searching import SearchCases
from desk_integrations.conformance.rmm.webhooks import WebhookCases

__all__ = ["ChangeSeed", "DeviceSeed", "RmmConformance", "RmmHarness", "RmmPaths"]


class RmmConformance(
    ReadingCases, SearchCases, FailureCases, TokenCases, LogCases, WebhookCases, VendorCases, CredentialCases
):
    """Every case of the RMM kind."""
