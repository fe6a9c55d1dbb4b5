"""Triage records that no RMM is configured only for clients that none serves; the collector asks the others."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import pytest
from pydantic import SecretStr

from desk.contract.event import Draft
from desk.contract.ticket.gates import RESOLVE
from desk.contract.ticket.intake.assets import AssetLinked, AssetLinkWaived, AssetUnlinked
from desk.contract.ticket.triage import diagnosis as dx
from desk.contract.ticket.triage.ends import Reopened
from desk.policies.book import PolicyBook
from desk.service.definition import Integrations
from desk.settings import Settings, SettingsError
from desk.testing import controls as c
from desk.testing.given import Outcome, Story
from desk.testing.in_memory.keyring import MemoryKeyRing
from desk_triage.integrations import INTEGRATIONS
from desk_triage.reactions import REACTIONS

DOCUMENT = """
instances:
  - id: ninja-main
    kind: rmm
    vendor: ninjaone
    credentials: {client_id: env:NINJA_ID, client_secret: env:NINJA_SECRET}
    settings: {address: https://eu.ninjarmm.com}
"""


class RmmOf(NamedTuple):
    """One RMM that serves one client."""

    client: str

    def configured(self, kind: str, client: str) -> tuple[str, ...]:
        return ("ninja-main",) if (kind, client) == ("rmm", self.client) else ()


def test_changes_are_not_applicable_only_while_no_rmm_serves_the_client() -> None:
    reaction = REACTIONS[AssetLinked]
    without = Story().given(c.opening()).receives(reaction, c.linked())
    assert without.one(dx.DeviceChangesCollected).reason == "not-configured"
    elsewhere = Story().given(c.opening()).receives(reaction, c.linked(), sources=RmmOf("client-other"))
    assert elsewhere.one(dx.DeviceChangesCollected).reason == "not-configured"
    served = Story().given(c.opening()).receives(reaction, c.linked(), sources=RmmOf(c.CLIENT))
    served.then("known-incidents-checked", "endpoint-security-collected")


def test_changes_are_not_applicable_without_an_asset_whatever_is_configured() -> None:
    waived = AssetLinkWaived(reason="no-device")
    outcome = Story().given(c.opening()).receives(REACTIONS[AssetLinkWaived], waived, sources=RmmOf(c.CLIENT))
    assert outcome.one(dx.DeviceChangesCollected).reason == "no-asset"


def reopened(*meanwhile: Any, sources: Any = None) -> Outcome:
    """A ticket that was resolved about its first device, then linked or waived anew, then reopened."""
    linked = Story().given(c.opening()).receives(REACTIONS[AssetLinked], c.linked())
    story = linked.then("known-incidents-checked", "device-changes-collected", "endpoint-security-collected")
    story.given(c.resolved())
    for asset in meanwhile:
        story.receives(REACTIONS.get(type(asset), ()), asset).nothing()
    again = Draft(data=Reopened(undoes=story.ticket.triage.ends[1].id, cause="client"), cycle=2)
    return story.receives(REACTIONS[Reopened], again, **({} if sources is None else {"sources": sources}))


UNLINKED = AssetUnlinked(link="link-1", reason="typo")
OTHER = c.linked(link="link-2", device="device-2")


@pytest.mark.parametrize(
    ("asset", "device", "reason"),
    [(OTHER, "device-2", "not-configured"), (AssetLinkWaived(reason="no-device"), None, "no-asset")],
)
def test_a_device_that_changed_while_the_ticket_was_resolved_has_its_own_evidence_after_the_reopening(
    asset: Any, device: str | None, reason: str
) -> None:
    outcome = reopened(UNLINKED, asset)
    changes, security = outcome.one(dx.DeviceChangesCollected), outcome.one(dx.EndpointSecurityCollected)
    assert (changes.device, changes.reason, security.device) == (device, reason, device)
    ticket = outcome.then("known-incidents-checked", "device-changes-collected", "endpoint-security-collected").ticket
    assert RESOLVE["changes"].check(ticket, "automatic") and RESOLVE["security"].check(ticket, "automatic")


def test_a_reopening_collects_nothing_again_about_the_same_device_nor_in_place_of_an_rmm() -> None:
    reopened().then("known-incidents-checked")
    reopened(UNLINKED, OTHER, sources=RmmOf(c.CLIENT)).then("known-incidents-checked", "endpoint-security-collected")


def composed(document: Path | None) -> Integrations:
    settings = Settings(database_url=SecretStr("postgresql://unused"), integrations=document)
    return INTEGRATIONS(settings, MemoryKeyRing(), PolicyBook())


def test_the_document_of_the_settings_brings_the_sources_and_their_calls(tmp_path: Path) -> None:
    (path := tmp_path / "integrations.yaml").write_text(DOCUMENT)
    found = composed(path)
    assert [kind.name for kind in found.kinds] == ["rmm/ninja-main/device-changes"]
    assert found.sources.configured("rmm", c.CLIENT) == ("ninja-main",)
    assert AssetLinked in found.effects
    without = composed(None)
    assert (without.kinds, without.effects, without.sources.configured("rmm", c.CLIENT)) == ((), {}, ())


def test_a_document_that_cannot_be_used_stops_the_start_and_names_the_field(tmp_path: Path) -> None:
    (path := tmp_path / "integrations.yaml").write_text(DOCUMENT.replace("env:NINJA_SECRET", "secret-itself"))
    with pytest.raises(SettingsError, match=r"DESK_INTEGRATIONS: .*credentials\.client_secret: ") as refused:
        composed(path)
    assert "secret-itself" not in str(refused.value)
