"""`desk integrations check`: one harmless question per instance, and what is missing in words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from desk_deploy.cli.admin.integrations import REMEDIES, check, checked
from desk_deploy.cli.error_messages import Failure, explained
from desk_integrations.instances.document import InstancesError
from desk_simulators.auvik import AuvikSimulator
from desk_simulators.itglue import Account, ItGlueSimulator
from desk_simulators.ninjaone import NinjaOneSimulator
from desk_simulators.pagerduty import PagerDutySimulator
from desk_simulators.statuspage import StatuspageSimulator

ENV = {"NINJA_ID": "deskstream", "NINJA_SECRET": "simulated-secret"}


def document(folder: Path, **changes: Any) -> Path:
    instance = {
        "id": "ninja-main",
        "kind": "rmm",
        "vendor": "ninjaone",
        "credentials": {"client_id": "env:NINJA_ID", "client_secret": "env:NINJA_SECRET"},
        "settings": {"address": "https://eu.ninjarmm.com"},
        **changes,
    }
    path = folder / "integrations.yaml"
    path.write_text(yaml.safe_dump({"instances": [instance]}))
    return path


async def answers(path: Path, **env: str) -> list[tuple[str, str]]:
    simulator = NinjaOneSimulator(mode="manual")
    rows = await checked(path, transport=simulator.transport(), env=env)
    return [(row["answer"], row["remedy"]) for row in rows]


async def test_an_instance_that_answers_is_ready(tmp_path: Path) -> None:
    assert await answers(document(tmp_path), **ENV) == [("ready", "")]
    assert await answers(document(tmp_path, budget_share={"triage": 1.0}), **ENV) == [("ready", "")]


@pytest.mark.parametrize(
    ("simulator", "changes", "env"),
    [
        (
            StatuspageSimulator,
            {"kind": "status", "vendor": "statuspage", "credentials": {}},
            {},
        ),
        (
            AuvikSimulator,
            {
                "kind": "monitoring",
                "vendor": "auvik",
                "credentials": {"username": "env:AUVIK_USER", "api_key": "env:AUVIK_KEY"},
            },
            {"AUVIK_USER": "api@examplemsp.example", "AUVIK_KEY": "simulated-api-key"},
        ),
        (
            ItGlueSimulator,
            {"kind": "documentation", "vendor": "itglue", "credentials": {"api_key": "env:ITGLUE_KEY"}},
            {"ITGLUE_KEY": Account().api_key},
        ),
        (
            PagerDutySimulator,
            {"kind": "paging", "vendor": "pagerduty", "credentials": {"api_key": "env:PAGERDUTY_KEY"}},
            {"PAGERDUTY_KEY": "simulated-api-key", "TIER2_KEY": "SIMULATEDROUTINGKEYFORTIER200000"},
        ),
    ],
)
async def test_an_instance_of_every_kind_is_asked(
    tmp_path: Path,
    simulator: type[StatuspageSimulator] | type[AuvikSimulator] | type[ItGlueSimulator] | type[PagerDutySimulator],
    changes: dict[str, Any],
    env: dict[str, str],
) -> None:
    targets = {"tier2": {"service": "PTIER20", "routing_key": "env:TIER2_KEY"}}
    settings: dict[Any, dict[str, Any]] = {
        StatuspageSimulator: {"address": "https://status.example.net"},
        AuvikSimulator: {"address": "https://auvikapi.eu1.my.auvik.com"},
        ItGlueSimulator: {"address": "https://api.eu.itglue.com"},
        PagerDutySimulator: {"targets": targets},
    }
    path = document(tmp_path, settings=settings[simulator], **changes)
    (row,) = await checked(path, transport=simulator(mode="manual").transport(), env=env)
    assert (row["kind"], row["answer"]) == (changes["kind"], "ready")


@pytest.mark.parametrize(
    ("env", "answer"),
    [
        ({"NINJA_ID": "deskstream"}, "credentials-missing"),
        ({**ENV, "NINJA_SECRET": "wrong"}, "credentials-refused"),
    ],
)
async def test_what_is_missing_is_named_with_its_remedy(tmp_path: Path, env: dict[str, str], answer: str) -> None:
    assert await answers(document(tmp_path), **env) == [(answer, REMEDIES[answer])]


async def test_a_document_that_cannot_be_used_names_the_field_in_one_line(tmp_path: Path) -> None:
    path = document(tmp_path, credentials={"client_id": "env:NINJA_ID", "client_secret": "secret-itself"})
    with pytest.raises(InstancesError) as found:
        await checked(path)
    line = explained(found.value)
    assert line is not None and "credentials.client_secret" in line and "secret-itself" not in line


def test_without_a_document_the_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DESK_INTEGRATIONS", raising=False)
    with pytest.raises(Failure, match="DESK_INTEGRATIONS"):
        check()
