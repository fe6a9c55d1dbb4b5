"""The suite of the status kind: inherit `StatusConformance` and give it a harness of the vendor."""

from desk_integrations.conformance.cases import VendorCases
from desk_integrations.conformance.status.harness import StatusHarness
from desk_integrations.conformance.status.reading import ReadingCases

__all__ = ["StatusConformance", "StatusHarness"]


class StatusConformance(ReadingCases, VendorCases):
    """Every case of the status kind."""
