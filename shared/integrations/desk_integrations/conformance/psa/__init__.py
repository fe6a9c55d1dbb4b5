"""The suite of the PSA kind: inherit `PsaConformance` and give it a harness of the vendor."""

from desk_integrations.conformance.psa.feeds import FeedCases
from desk_integrations.conformance.psa.harness import PsaHarness
from desk_integrations.conformance.psa.lists import ListCases
from desk_integrations.conformance.psa.network import NetworkCases
from desk_integrations.conformance.psa.records import RecordCases
from desk_integrations.conformance.psa.writing import WritingCases

__all__ = ["NetworkCases", "PsaConformance", "PsaHarness"]


class PsaConformance(RecordCases, ListCases, WritingCases, FeedCases):
    """Every case of the PSA kind. Adapters over HTTP inherit `NetworkCases` as well."""
