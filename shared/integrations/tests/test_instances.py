"""The instances document: every mistake names its field, secrets are references, budgets are divided."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from desk_integrations.instances.credentials import CredentialsMissing, SecretReference, fingerprint
from desk_integrations.instances.document import InstancesError, load, parse

NINJA: dict[str, Any] = {
    "id": "ninja-main",
    "kind": "rmm",
    "vendor": "ninjaone",
    "credentials": {"client_id": "env:NINJA_ID", "client_secret": "file:/run/secrets/ninja"},
    "settings": {"address": "https://eu.ninjarmm.com"},
}


def document(**changes: Any) -> dict[str, Any]:
    return {"instances": [NINJA | changes]}


def test_a_document_is_read_with_its_defaults() -> None:
    (one,) = parse(document()).instances
    assert (one.scope, one.calls_per_minute, one.burst, one.stale_after, one.deadline) == ("msp", 60, 10, 900, 10)


def test_no_file_and_an_empty_file_configure_nothing(tmp_path: Path) -> None:
    (tmp_path / "empty.yaml").write_text("")
    assert load(None).instances == load(tmp_path / "empty.yaml").instances == []


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"kind": "toaster"}, "instances.0.kind: "),
        ({"vendor": "../evil"}, "instances.0.vendor: "),
        ({"id": "Main"}, "instances.0.id: "),
        ({"credentials": {"client_id": "s3cret"}}, "instances.0.credentials.client_id: give env:NAME or file:PATH"),
        ({"credentials": {"client_id": "env:"}}, "instances.0.credentials.client_id: give env:NAME or file:PATH"),
        ({"scope": "client"}, "instances.0: client: give the client's id"),
        ({"client": "acme"}, "instances.0: client: give the client's id"),
        ({"budget_share": {"sla": 0.5}}, "instances.0: budget_share: sla calls no rmm"),
        ({"budget_share": {"intake": 0.7, "triage": 0.7}}, "instances.0: budget_share: the fractions add up"),
        ({"budget_share": {"intake": 0}}, "instances.0.budget_share.intake: "),
        ({"calls_per_minute": 0}, "instances.0.calls_per_minute: "),
        ({"stale_after": "soon"}, "instances.0.stale_after: "),
        ({"webhook": {"header": "X Desk", "secrets": ["env:A"]}}, "instances.0.webhook.header: "),
        ({"webhook": {"header": "X-Desk", "secrets": []}}, "instances.0.webhook.secrets: "),
        ({"mapping_hints": [{"client": "acme"}]}, "instances.0.mapping_hints.0.external: "),
        ({"addres": "x"}, "instances.0.addres: "),
    ],
)
def test_a_mistake_is_named_by_its_field_and_its_value_stays_secret(changes: dict[str, Any], named: str) -> None:
    with pytest.raises(InstancesError) as wrong:
        parse(document(**changes))
    assert f"DESK_INTEGRATIONS: the document: {named}" in str(wrong.value)
    assert "s3cret" not in str(wrong.value)


def test_an_id_that_appears_twice_is_named() -> None:
    with pytest.raises(InstancesError, match="ninja-main appears twice"):
        parse({"instances": [NINJA, NINJA]})


@pytest.mark.parametrize("content", [b"instances: [", b"\xff\xfe", b"- 1", b"instances: 7"])
def test_a_file_that_is_no_such_document_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "integrations.yaml"
    path.write_bytes(content)
    with pytest.raises(InstancesError, match=r"integrations\.yaml"):
        load(path)
    with pytest.raises(InstancesError, match="cannot be read"):
        load(tmp_path / "absent.yaml")


def test_the_budget_is_divided_between_the_services_that_call_the_kind() -> None:
    (equal,) = parse(document()).instances
    assert (equal.budget_of("intake").per_minute, equal.budget_of("triage").burst) == (30, 5)
    (given,) = parse(document(budget_share={"triage": 0.8})).instances
    assert given.budget_of("triage").per_minute == 48
    with pytest.raises(ValueError, match="intake has no share"):
        given.budget_of("intake")
    with pytest.raises(ValueError, match="sla has no share"):
        equal.budget_of("sla")


def test_a_clients_own_instance_comes_before_the_msps_and_serves_nobody_else() -> None:
    own = NINJA | {"id": "ninja-acme", "scope": "client", "client": "acme"}
    instances = parse({"instances": [NINJA, own]})
    assert [one.id for one in instances.of("rmm", "acme")] == ["ninja-acme", "ninja-main"]
    assert [one.id for one in instances.of("rmm", "other")] == ["ninja-main"]
    assert instances.of("edr", "acme") == ()


def test_a_secret_in_a_file_is_read_again_when_the_file_changes(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("first\n")
    secret = SecretReference("client_secret", f"file:{path}")
    assert secret.value() == "first"
    path.write_text("second\n")
    assert secret.value() == "second"
    replacement = tmp_path / "new"
    replacement.write_text("third\n")
    about = path.stat()
    os.utime(replacement, ns=(about.st_atime_ns, about.st_mtime_ns))
    replacement.replace(path)
    assert secret.value() == "third"


def test_a_secret_that_is_not_there_names_its_field_and_never_another_value(tmp_path: Path) -> None:
    absent = SecretReference("client_secret", f"file:{tmp_path / 'absent'}")
    with pytest.raises(CredentialsMissing, match=r"^client_secret: .*absent cannot be read"):
        absent.value()
    env = {"NINJA": ""}
    secret = SecretReference("client_id", "env:NINJA", env)
    with pytest.raises(CredentialsMissing, match=r"^client_id: the variable NINJA is not set or empty"):
        secret.value()
    env["NINJA"] = "value"
    assert secret.value() == "value" and "value" not in repr(secret)


def test_a_fingerprint_tells_credentials_apart_and_holds_none_of_them() -> None:
    one = fingerprint("ninja-main", "id", "secret")
    assert one == fingerprint("ninja-main", "id", "secret")
    assert len({one, fingerprint("ninja-main", "id", "other"), fingerprint("ninja-acme", "id", "secret")}) == 3
    assert "secret" not in one
