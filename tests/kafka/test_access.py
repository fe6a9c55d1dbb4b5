"""Access to a secured cluster: errors name the setting, and every client uses the same credentials."""

from __future__ import annotations

import ast
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from faststream.kafka.security import parse_security
from tests.kafka.certificates import Authority

import desk
import desk_deploy
from desk.bus.kafka.access import KafkaAccess
from desk.bus.kafka.security import security_of
from desk.bus.kafka.settings import KafkaSettings
from desk.settings import Settings, SettingsError

BASE = {"DESK_DATABASE_URL": "postgresql://127.0.0.1/none", "DESK_BUS": "kafka", "DESK_KAFKA": "kafka:9093"}
ONE_OF, UNUSABLE = "Input should be", "it cannot be used: give PEM files that belong together"
CLIENTS = frozenset({"AIOKafkaConsumer", "AIOKafkaProducer", "AIOKafkaAdminClient", "KafkaBroker"})
ENTERING = frozenset({"client", "producer", "security_of"})
"""Functions whose result lets a client enter the cluster."""


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("certificates"))


def settings(**variables: Any) -> Settings:
    return Settings.from_env(BASE | {f"DESK_KAFKA_{name.upper()}": str(value) for name, value in variables.items()})


def wrong(**variables: Any) -> list[str]:
    with pytest.raises(SettingsError) as refused:
        settings(**variables)
    assert "hush" not in str(refused.value)
    return str(refused.value).splitlines()


def test_a_cluster_without_access_rules_needs_nothing() -> None:
    assert settings().kafka_access() == KafkaAccess()
    assert KafkaAccess().client() == {"security_protocol": "PLAINTEXT"}


def test_what_the_variables_say_is_what_clients_are_made_with(authority: Authority) -> None:
    access = settings(protocol="sasl_ssl", user="desk", password="hush", ca=authority.ca).kafka_access()
    made = KafkaSettings("kafka:9093", access=access).client("desk-triage")
    context = made.pop("ssl_context")
    assert made == {
        "bootstrap_servers": "kafka:9093",
        "client_id": "desk-triage",
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "desk",
        "sasl_plain_password": "hush",
    }
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert [found["subject"] for found in context.get_ca_certs()] == [((("commonName", "test authority"),),)]


@pytest.mark.parametrize(
    ("variables", "lines"),
    [
        (
            {"protocol": "TLS"},
            ["DESK_KAFKA_PROTOCOL: Input should be 'PLAINTEXT', 'SSL', 'SASL_PLAINTEXT' or 'SASL_SSL'"],
        ),
        (
            {"mechanism": "GSSAPI"},
            ["DESK_KAFKA_MECHANISM: Input should be 'PLAIN', 'SCRAM-SHA-256' or 'SCRAM-SHA-512'"],
        ),
        ({"protocol": "SASL_SSL", "user": "desk"}, ["DESK_KAFKA_PASSWORD: needed with SASL_SSL"]),
        (
            {"protocol": "SASL_PLAINTEXT"},
            ["DESK_KAFKA_USER: needed with SASL_PLAINTEXT", "DESK_KAFKA_PASSWORD: needed with SASL_PLAINTEXT"],
        ),
        (
            {"protocol": "SASL_PLAINTEXT", "mechanism": "plain", "user": "desk", "password": "hush"},
            ["DESK_KAFKA_MECHANISM: PLAIN without TLS sends the password in the clear: use SASL_SSL or SCRAM"],
        ),
        (
            {"user": "desk", "password": "hush"},
            [
                "DESK_KAFKA_USER: not used with PLAINTEXT: leave it out, or choose SASL_SSL",
                "DESK_KAFKA_PASSWORD: not used with PLAINTEXT: leave it out, or choose SASL_SSL",
            ],
        ),
        ({"ca": "ca.pem"}, ["DESK_KAFKA_CA: not used with PLAINTEXT: leave it out, or choose SSL or SASL_SSL"]),
        ({"protocol": "SSL", "ca": "none.pem"}, ["DESK_KAFKA_CA: no such file: give the path of a PEM file"]),
        (
            {"protocol": "SSL", "key": __file__},
            ["DESK_KAFKA_CERTIFICATE: needed with a key; give the PEM file of the certificate"],
        ),
        (
            {"protocol": "SSL", "ca": __file__},
            [f"DESK_KAFKA_CA: {UNUSABLE}"],
        ),
        (
            {"protocol": "SSL", "certificate": __file__},
            [f"DESK_KAFKA_CERTIFICATE: {UNUSABLE}"],
        ),
    ],
)
def test_what_cannot_work_is_named_with_its_remedy(variables: dict[str, Any], lines: list[str]) -> None:
    assert wrong(**variables) == lines


def test_nothing_of_it_matters_on_the_local_bus() -> None:
    assert Settings.from_env(BASE | {"DESK_BUS": "local", "DESK_KAFKA_USER": "desk"}).bus == "local"


def test_the_password_stays_out_of_representations() -> None:
    access = settings(protocol="SASL_PLAINTEXT", user="desk", password="hush").kafka_access()
    assert "hush" not in repr(KafkaSettings("kafka:9093", access=access))


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
@pytest.mark.parametrize("protocol", ["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"])
def test_the_consumer_s_broker_is_given_the_same(authority: Authority, protocol: Any, mechanism: Any) -> None:
    access = KafkaAccess(protocol, mechanism, "desk", "hush", authority.ca)
    parsed = {name: value for name, value in parse_security(security_of(access)).items() if value is not None}
    assert parsed.pop("ssl_context", None).__class__ is access.client().get("ssl_context").__class__
    assert parsed == {name: value for name, value in access.client().items() if name != "ssl_context"}


def made() -> Iterator[tuple[str, ast.Call]]:
    """Every place of the product at which a client of Kafka is made."""
    for package in (desk, desk_deploy):
        root = Path(str(package.__file__)).parent
        for path in sorted(root.rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CLIENTS:
                    yield f"{path.relative_to(root)}:{node.lineno}", node


def test_every_client_of_the_product_enters_with_the_cluster_s_access() -> None:
    places = dict(made())
    assert len(places) >= 6
    bare = [place for place, call in places.items() if not ENTERING & _called(call)]
    assert bare == [], "make it with KafkaSettings.client, or with KafkaAccess.client"


def _called(call: ast.Call) -> set[str]:
    inner = [node.func for keyword in call.keywords for node in ast.walk(keyword.value) if isinstance(node, ast.Call)]
    return {func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "") for func in inner}
