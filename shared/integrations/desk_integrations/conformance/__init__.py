"""One test suite per kind, which every adapter of that kind passes on its vendor's simulator or sandbox.

A test module of the vendor makes a harness and inherits the suite:

    class TestNinjaOne(RmmConformance):
        @pytest.fixture
        def harness(self) -> RmmHarness: ...
"""

import pytest

pytest.register_assert_rewrite("desk_integrations.conformance.psa", "desk_integrations.conformance.rmm")
