"""Triage records that no RMM is configured only for clients that none serves; the collector asks the others."""

from __future__ import annotations

from typing import NamedTuple

from desk.contract.ticket.intake import facts as i
from desk.contract.ticket.triage import diagnosis as dx
from desk.testing import controls as c
from desk.testing.given import Story
from desk_triage.reactions import REACTIONS


class RmmOf(NamedTuple):
    """One RMM that serves one client."""

    client: str

    def configured(self, kind: str, client: str) -> tuple[str, ...]:
        return ("ninja-main",) if (kind, client) == ("rmm", self.client) else ()


def test_changes_are_not_applicable_only_while_no_rmm_serves_the_client() -> None:
    reaction = REACTIONS[i.AssetLinked]
    without = Story().given(c.opening()).receives(reaction, c.linked())
    assert without.one(dx.DeviceChangesCollected).reason == "not-configured"
    elsewhere = Story().given(c.opening()).receives(reaction, c.linked(), sources=RmmOf("client-other"))
    assert elsewhere.one(dx.DeviceChangesCollected).reason == "not-configured"
    served = Story().given(c.opening()).receives(reaction, c.linked(), sources=RmmOf(c.CLIENT))
    served.then("known-incidents-checked", "endpoint-security-collected")


def test_changes_are_not_applicable_without_an_asset_whatever_is_configured() -> None:
    waived = i.AssetLinkWaived(reason="no-device")
    outcome = Story().given(c.opening()).receives(REACTIONS[i.AssetLinkWaived], waived, sources=RmmOf(c.CLIENT))
    assert outcome.one(dx.DeviceChangesCollected).reason == "no-asset"
