"""Docs composes the documentation systems that DESK_INTEGRATIONS names."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from desk.contract.ticket.docs import documentation as f
from desk.contract.ticket.intake.assets import AssetLinked
from desk.policies.book import PolicyBook
from desk.service.definition import Integrations
from desk.settings import Settings, SettingsError
from desk.testing import controls as c
from desk.testing.in_memory.keyring import MemoryKeyRing
from desk_docs.integrations import INTEGRATIONS

SOURCE = "itglue-main"
DOCUMENT = """
instances:
  - id: itglue-main
    kind: documentation
    vendor: itglue
    credentials: {api_key: env:ITGLUE_KEY}
    settings: {address: https://api.eu.itglue.com}
"""


def composed(document: Path | None) -> Integrations:
    settings = Settings(database_url=SecretStr("postgresql://unused"), integrations=document)
    return INTEGRATIONS(settings, MemoryKeyRing(), PolicyBook())


def test_the_document_of_the_settings_brings_the_sources_and_their_calls(tmp_path: Path) -> None:
    (path := tmp_path / "integrations.yaml").write_text(DOCUMENT)
    found = composed(path)
    names = [f"documentation/{SOURCE}/documentation", f"documentation/{SOURCE}/requested-search"]
    assert [kind.name for kind in found.kinds] == names
    assert found.sources.configured("documentation", c.CLIENT) == (SOURCE,)
    assert {AssetLinked, f.DocumentationSearched} <= found.effects.keys()
    without = composed(None)
    assert (without.kinds, without.effects, without.sources.configured("documentation", c.CLIENT)) == ((), {}, ())


def test_a_document_that_cannot_be_used_stops_the_start_and_names_the_field(tmp_path: Path) -> None:
    (path := tmp_path / "integrations.yaml").write_text(DOCUMENT.replace("env:ITGLUE_KEY", "secret-itself"))
    with pytest.raises(SettingsError, match=r"DESK_INTEGRATIONS: .*credentials\.api_key: ") as refused:
        composed(path)
    assert "secret-itself" not in str(refused.value)
