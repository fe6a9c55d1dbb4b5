"""Intake records the mappings of every vendor that is looked up by client or device, whichever service calls it."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from desk.contract.streams.client import Client
from desk.contract.streams.clients import ClientMapped
from desk.decision.refusal import Refusal
from desk.policies.book import PolicyBook
from desk.service.definition import Integrations
from desk.settings import Settings
from desk.testing import controls as c
from desk.testing.given import Story
from desk.testing.in_memory.keyring import MemoryKeyRing
from desk_intake.decisions.mapping import ConfirmMapping, confirm_mapping
from desk_intake.integrations import INTEGRATIONS

DOCUMENT = """
instances:
  - id: ninja-main
    kind: rmm
    vendor: ninjaone
    credentials: {client_id: env:NINJA_ID, client_secret: env:NINJA_SECRET}
    settings: {address: https://eu.ninjarmm.com}
  - id: auvik-main
    kind: monitoring
    vendor: auvik
    credentials: {username: env:AUVIK_USER, api_key: env:AUVIK_KEY}
    settings: {address: https://auvikapi.eu1.my.auvik.com}
  - id: itglue-main
    kind: documentation
    vendor: itglue
    credentials: {api_key: env:ITGLUE_KEY}
    settings: {address: https://api.eu.itglue.com}
    scope: client
    client: client-acme
"""


@pytest.fixture
def composed(tmp_path: Path) -> Integrations:
    (path := tmp_path / "integrations.yaml").write_text(DOCUMENT)
    settings = Settings(database_url=SecretStr("postgresql://unused"), integrations=path)
    return INTEGRATIONS(settings, MemoryKeyRing(), PolicyBook())


def test_an_instance_of_another_service_is_there_and_is_not_called(composed: Integrations) -> None:
    assert composed.sources.configured("documentation", c.CLIENT) == ("itglue-main",)
    assert composed.sources.configured("documentation", "client-other") == ()
    assert composed.sources.configured("rmm", c.CLIENT) == ("ninja-main",)
    assert not [kind.name for kind in composed.kinds if kind.name.startswith("documentation/")]


@pytest.mark.parametrize("instance", ["ninja-main", "auvik-main", "itglue-main"])
def test_a_client_is_mapped_at_an_instance_of_every_kind(composed: Integrations, instance: str) -> None:
    body = ConfirmMapping(instance=instance, external="410233", device=None)
    context = Story().context(subject=c.CLIENT, sources=composed.sources)
    (draft,) = confirm_mapping(body, Client(revision="1"), (), context)
    assert isinstance(draft.data, ClientMapped) and (draft.data.vendor, draft.data.external) == (instance, "410233")


def test_an_instance_of_another_client_is_refused(composed: Integrations) -> None:
    body = ConfirmMapping(instance="itglue-main", external="410233", device=None)
    context = Story().context(subject="client-other", sources=composed.sources)
    with pytest.raises(Refusal, match="does not serve this client"):
        confirm_mapping(body, Client(revision="1"), (), context)
