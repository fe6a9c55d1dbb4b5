"""One test suite per kind, which every adapter of that kind passes on its vendor's simulator or sandbox.

A test module of the vendor makes a harness and inherits the suite:

    class TestNinjaOne(RmmConformance):
        @pytest.fixture
        def harness(self) -> RmmHarness: ...
"""

import pytest

SUITES = ("cases", "documentation", "monitoring", "paging", "psa", "rmm", "status")
pytest.register_assert_rewrite(*(f"desk_integrations.conformance.{name}" for name in SUITES))
