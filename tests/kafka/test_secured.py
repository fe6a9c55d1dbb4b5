"""A cluster that asks who comes: TLS both ways, user and password, on a real broker."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from aiokafka.errors import KafkaError  # type: ignore[import-untyped]
from tests.contracts.bus_world import TOPICS, World, hears, say
from tests.kafka.certificates import Authority

from desk.bus.kafka.access import KafkaAccess
from desk.bus.kafka.settings import KafkaSettings
from desk_deploy.kafka.provider import LocalKafka, can_run_locally
from desk_deploy.kafka.topics import ensure_topics
from desk_deploy.up.process import LOOPBACK, free_port

pytestmark = [pytest.mark.postgres, pytest.mark.kafka, pytest.mark.slow]
USER, PASSWORD = "desk", "correct-horse"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def secured(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a broker that lets in who has a certificate of the authority, a user and a password."""
    if not can_run_locally():
        pytest.skip("no local Apache Kafka: install a JDK 17 or later and Maven")
    with LocalKafka(tmp_path_factory.mktemp("broker")) as kafka:
        kafka.kill(1)
        port = free_port()
        settings = kafka.log(1).with_name("server.properties")
        settings.write_text(settings.read_text() + listener(settings.read_text(), port, authority))
        kafka.start(1)
        yield f"{LOOPBACK}:{port}"


def listener(settings: str, port: int, authority: Authority) -> str:
    """One more listener beside those of the broker's settings; a name that comes again wins."""
    known = dict(line.split("=", 1) for line in settings.splitlines())
    login = "org.apache.kafka.common.security.plain.PlainLoginModule required"
    more = {
        "listeners": f"{known['listeners']},SECURED://{LOOPBACK}:{port}",
        "advertised.listeners": f"{known['advertised.listeners']},SECURED://{LOOPBACK}:{port}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SECURED:SASL_SSL",
        "listener.name.secured.sasl.enabled.mechanisms": "PLAIN",
        "listener.name.secured.plain.sasl.jaas.config": f'{login} user_{USER}="{PASSWORD}";',
        "listener.name.secured.ssl.keystore.type": "PEM",
        "listener.name.secured.ssl.keystore.location": authority.issue("broker"),
        "listener.name.secured.ssl.truststore.type": "PEM",
        "listener.name.secured.ssl.truststore.location": authority.ca,
        "listener.name.secured.ssl.client.auth": "required",
    }
    return "".join(f"{name}={value}\n" for name, value in more.items())


@pytest.fixture(scope="module")
def access(authority: Authority) -> KafkaAccess:
    """The credentials that the broker demands."""
    return KafkaAccess("SASL_SSL", "PLAIN", USER, PASSWORD, authority.ca, authority.issue("client"))


@pytest.fixture
async def world(secured: str, access: KafkaAccess, database: str, kafka_prefix: str) -> AsyncIterator[World]:
    await ensure_topics(secured, kafka_prefix, only=TOPICS, access=access)
    found = World(database, KafkaSettings(secured, kafka_prefix, access=access, session_timeout_ms=6_000))
    yield found
    await found.close()


async def test_services_tell_hear_and_read_history_on_a_cluster_that_asks_who_comes(world: World) -> None:
    triage, sla = await world.start("triage"), await world.start("sla")
    await say(triage, "T1", "a", "b")
    await hears(sla, "T1", "triage", ("a", "b"))
    docs = await world.start("docs")
    await hears(docs, "T1", "triage", ("a", "b"))
    assert [await service.live() for service in (triage, sla, docs)] == [None] * 3


@pytest.mark.parametrize("wrong", ["the password", "our certificate", "the authority", "the protocol"])
async def test_who_cannot_show_what_is_asked_for_is_not_let_in(
    secured: str, access: KafkaAccess, tmp_path: Path, wrong: str
) -> None:
    stranger = Authority(tmp_path, "somebody else")
    tries = {
        "the password": replace(access, password="guessed"),
        "our certificate": replace(access, certificate=stranger.issue("client")),
        "the authority": replace(access, ca=stranger.ca),
        "the protocol": KafkaAccess(),
    }
    with pytest.raises((KafkaError, OSError)):
        await ensure_topics(secured, only=TOPICS, access=tries[wrong])
