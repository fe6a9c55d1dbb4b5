"""The documents of PSA instances and the status map: errors name the field, never a secret."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from desk.decision.policies.intake import StatusMap
from desk.policies.book import PolicyBook
from desk.settings import Settings
from desk.testing.in_memory.keyring import MemoryKeyRing
from desk_deploy.cli.error_messages import explained
from desk_intake.psa.composition import psa_integrations
from desk_intake.psa.observe.status_map import map_in_force
from desk_integrations.instances.psa_document import PsaConfigError, load
from desk_integrations.psa.connectwise import ConnectWiseInstance
from desk_simulators.connectwise.status_map import status_map

GOOD = {
    "id": "cw",
    "site": "https://na.myconnectwise.net",
    "api": "https://api-na.myconnectwise.net",
    "company": "examplemsp",
    "public_key": "PUBLIC",
    "private_key": "env:CW_PRIVATE_KEY",
    "client_id": "11111111-2222-3333-4444-555555555555",
    "api_member": "DeskAPI",
}


def document(path: Path, *instances: dict[str, Any]) -> Path:
    file = path / "psa.yaml"
    file.write_text(yaml.safe_dump({"instances": list(instances)}))
    return file


def test_without_a_document_there_is_no_psa() -> None:
    assert load(None) == ()


def test_a_secret_may_come_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CW_PRIVATE_KEY", "hidden-value")
    (instance,) = load(document(tmp_path, GOOD))
    assert isinstance(instance, ConnectWiseInstance)
    assert instance.private_key.get_secret_value() == "hidden-value"
    assert "hidden-value" not in repr(instance)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"private_key": "env:NOT_SET_ANYWHERE"}, "NOT_SET_ANYWHERE"),
        ({"vendor": "autotask"}, "vendor"),
        ({"id": "With Blank"}, "id"),
        ({"colour": "red"}, "colour"),
        ({"poll": 0}, "poll"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, change: dict[str, Any], named: str) -> None:
    with pytest.raises(PsaConfigError, match=named):
        load(document(tmp_path, {**GOOD, "private_key": "x", **change}))


def test_two_instances_with_one_id_are_refused(tmp_path: Path) -> None:
    one = {**GOOD, "private_key": "x"}
    with pytest.raises(PsaConfigError, match="cw is given twice"):
        load(document(tmp_path, one, one))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(PsaConfigError, match=r"nowhere\.yaml cannot be read"):
        load(tmp_path / "nowhere.yaml")


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"statuses": {"15": "done"}}, "statuses"),
        ({"statuses": {}}, "statuses"),
        ({"write": {"finished": "23"}}, "write"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_board_of_the_status_map_is_checked_when_it_is_published(change: dict[str, Any], named: str) -> None:
    content = status_map()
    content["boards"]["1"] |= change
    with pytest.raises(ValidationError, match=named):
        StatusMap.model_validate(content)


def published(content: dict[str, Any]) -> PolicyBook:
    """Policies with one status map."""
    book = PolicyBook()
    book.put("status-map", "7", content)
    return book


def test_boards_of_two_psas_with_one_id_are_distinguished() -> None:
    content = status_map()
    content["boards"]["other:1"] = {"queue": "Elsewhere", "statuses": {"15": "closed"}}
    assert map_in_force(published(content), "cw").status_class("1", "15") == "new"
    assert map_in_force(published(content), "other").status_class("1", "15") == "closed"


def test_completed_may_be_resolved_on_one_board_and_closed_on_another() -> None:
    found = map_in_force(published(status_map()), "cw")
    assert (found.status_class("1", "23"), found.status_class("2", "38")) == ("resolved", "closed")
    assert (found.writable("1", "closed"), found.writable("2", "closed")) == ("24", "38")


def test_nothing_is_guessed() -> None:
    found = map_in_force(published(status_map()), "cw")
    assert found.status_class("9", "15") == "unmapped"
    assert found.writable("9", "open") is None
    assert found.priority("77") == "psa:77"
    assert found.level("impact", "Enormous") is None


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"site": "http://na.myconnectwise.net"}, "instance cw: site: a cloud instance is reached by https"),
        ({"company": ""}, "instance cw: company: give a value"),
        ({"kind": "simulator"}, "instance cw: site: a simulator is reached at a loopback address"),
        ({"signing_hosts": ["evil.example"]}, "instance cw: signing_hosts"),
    ],
)
def test_what_the_vendor_does_not_take_is_one_line_before_anything_starts(
    tmp_path: Path, change: dict[str, Any], named: str
) -> None:
    file = document(tmp_path, {**GOOD, "private_key": "x", **change})
    settings = Settings.from_env({"DESK_DATABASE_URL": "postgresql://nowhere/x", "DESK_PSA": str(file)})
    with pytest.raises(PsaConfigError, match=named) as found:
        psa_integrations(settings, MemoryKeyRing(), PolicyBook())
    assert str(found.value).startswith(f"DESK_PSA: {file}: ")
    assert explained(found.value) == str(found.value)
