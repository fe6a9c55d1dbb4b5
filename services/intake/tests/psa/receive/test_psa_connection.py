"""A vendor without a history or callbacks has no feeds of them: they are neither read nor overdue."""

from __future__ import annotations

from dataclasses import replace

import pytest

from desk_deploy.testing.simulated_psa import instance
from desk_intake.psa.connection import without_unavailable_feeds
from desk_integrations.conformance.psa.in_memory import InMemoryPsa, PsaWorld

CAPABILITIES = InMemoryPsa(PsaWorld(lambda: pytest.fail("the clock is not read"), ())).capabilities


@pytest.mark.parametrize(
    ("missing", "skipped"),
    [
        ({}, ["notes"]),
        ({"history": False}, ["notes", "changelog"]),
        ({"subscriptions": ()}, ["notes", "hooks"]),
        ({"history": False, "subscriptions": ()}, ["notes", "changelog", "hooks"]),
    ],
)
def test_feeds_that_the_vendor_does_not_have_are_skipped_beside_those_of_the_document(
    missing: dict[str, object], skipped: list[str]
) -> None:
    config = instance(skip=["notes"])
    found = without_unavailable_feeds(config, replace(CAPABILITIES, **missing))  # type: ignore[arg-type]
    assert found.skip == skipped
    assert found.model_copy(update={"skip": config.skip}) == config
