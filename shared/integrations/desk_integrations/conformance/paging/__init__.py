"""The suite of the paging kind: inherit `PagingConformance` and give it a harness of the vendor."""

from desk_integrations.conformance.cases import CredentialCases, VendorCases
from desk_integrations.conformance.paging.harness import PagingHarness, PagingPaths
from desk_integrations.conformance.paging.sending import SendingCases
from desk_integrations.conformance.paging.states import StateCases
from desk_integrations.conformance.paging.webhooks import WebhookCases
from desk_integrations.conformance.paging.writing import WritingCases

__all__ = ["PagingConformance", "PagingHarness", "PagingPaths"]


class PagingConformance(SendingCases, StateCases, WritingCases, WebhookCases, VendorCases, CredentialCases):
    """Every case of the paging kind."""
