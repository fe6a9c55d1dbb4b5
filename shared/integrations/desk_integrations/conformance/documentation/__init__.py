"""The suite of the documentation kind: inherit `DocumentationConformance` and give it a harness of the vendor."""

from desk_integrations.conformance.cases import CredentialCases, VendorCases
from desk_integrations.conformance.documentation.harness import DocumentationHarness, DocumentSeed
from desk_integrations.conformance.documentation.reading import ReadCases
from desk_integrations.conformance.documentation.runbooks import RunbookCases
from desk_integrations.conformance.documentation.searching import SearchCases

__all__ = ["DocumentSeed", "DocumentationConformance", "DocumentationHarness"]


class DocumentationConformance(SearchCases, ReadCases, RunbookCases, VendorCases, CredentialCases):
    """Every case of the documentation kind."""
