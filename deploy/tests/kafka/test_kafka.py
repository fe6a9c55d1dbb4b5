"""Apache Kafka without Docker: keeps its records through kills and restarts, dies with the desk, says what it lacks."""

import asyncio
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer  # type: ignore[import-untyped]
from aiokafka.admin import AIOKafkaAdminClient  # type: ignore[import-untyped]

import desk_deploy.kafka.data_folder
import desk_deploy.kafka.provider
from desk_deploy.kafka.container import engine_answers
from desk_deploy.kafka.jars import broker_jars, cache_folder
from desk_deploy.kafka.provider import LocalKafka, can_run_locally, find_broker
from desk_deploy.kafka.topics import ensure_topics
from desk_deploy.testing.desk import eventually, runs
from desk_deploy.up.process import LOOPBACK, LaunchError, free_port

TICKETS = "desk.tickets.v1"
local = pytest.mark.skipif(not can_run_locally(), reason="no local Apache Kafka: install a JDK 17 or later and Maven")


async def produce(bootstrap: str, topic: str, *values: bytes) -> None:
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True) as producer:
        await asyncio.gather(*[await producer.send(topic, value, key=b"ticket") for value in values])


async def consume(bootstrap: str, topic: str, count: int) -> list[bytes]:
    async with AIOKafkaConsumer(topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest") as consumer:
        async with asyncio.timeout(30):
            return [(await consumer.getone()).value for _ in range(count)]


async def leader_of_the_key(bootstrap: str, topic: str) -> int:
    async with AIOKafkaProducer(bootstrap_servers=bootstrap) as producer:
        sent = await producer.send_and_wait(topic, b"probe", key=b"ticket")
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        partitions = (await admin.describe_topics([topic]))[0]["partitions"]
        return next(int(p["leader"]) for p in partitions if p["partition"] == sent.partition)
    finally:
        await admin.close()


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalKafka]:
    """A broker that these tests may kill."""
    with LocalKafka(tmp_path_factory.mktemp("one")) as kafka:
        yield kafka


async def test_records_come_back_in_order(kafka: str, kafka_prefix: str) -> None:
    [topic] = await ensure_topics(kafka, kafka_prefix, only=[TICKETS])
    sent = [b"fact %d" % number for number in range(100)]
    await produce(kafka, topic, *sent)
    assert await consume(kafka, topic, 100) == sent


async def test_a_topic_is_never_made_by_asking_for_it(kafka: str, kafka_prefix: str) -> None:
    async with AIOKafkaConsumer(bootstrap_servers=kafka) as consumer:
        assert kafka_prefix + TICKETS not in await consumer.topics()
        assert consumer.partitions_for_topic(kafka_prefix + TICKETS) is None


@local
async def test_a_killed_broker_keeps_its_records(one: LocalKafka, kafka_prefix: str) -> None:
    [topic] = await ensure_topics(one.bootstrap, kafka_prefix, only=[TICKETS])
    await produce(one.bootstrap, topic, b"before the kill")
    one.kill(1)
    one.start(1)
    await produce(one.bootstrap, topic, b"after the kill")
    assert await consume(one.bootstrap, topic, 2) == [b"before the kill", b"after the kill"]


@local
async def test_a_restart_keeps_records_and_address(one: LocalKafka, kafka_prefix: str) -> None:
    address = one.bootstrap
    [topic] = await ensure_topics(address, kafka_prefix, only=[TICKETS])
    await produce(address, topic, b"kept")
    one.stop()
    one.start()
    assert one.bootstrap == address
    assert await consume(address, topic, 1) == [b"kept"]


@local
def test_a_second_desk_on_the_same_folder_is_refused(one: LocalKafka) -> None:
    with pytest.raises(LaunchError, match=r"in use by another desk \(pid \d+\)"):
        LocalKafka(one.folder).start()


@local
def test_a_cluster_of_another_size_is_refused(tmp_path: Path) -> None:
    (tmp_path / "cluster.json").write_text('{"cluster": "x", "ports": [[1, 2], [3, 4], [5, 6]]}')
    with pytest.raises(LaunchError, match="has a cluster of 3"):
        LocalKafka(tmp_path).start()


@local
def test_a_broker_that_does_not_start_names_its_reason_and_the_log(tmp_path: Path) -> None:
    with LocalKafka(tmp_path) as kafka:
        kafka.kill(1)
        settings = tmp_path / "broker-1" / "server.properties"
        settings.write_text(settings.read_text().replace("node.id=1", "node.id=one"))
        with pytest.raises(
            LaunchError, match=rf"broker 1 did not start: .*Exception.* \(see {kafka.log(1)}\)"
        ) as refusal:
            kafka.start(1)
    assert "\n" not in str(refusal.value)


@local
def test_ports_that_another_program_took_meanwhile_are_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as other:
        other.bind((LOOPBACK, 0))
        other.listen()
        ports = [other.getsockname()[1], free_port(), free_port()]
        monkeypatch.setattr(desk_deploy.kafka.data_folder, "free_port", lambda: ports.pop(0))
        with LocalKafka(tmp_path) as kafka:
            assert str(other.getsockname()[1]) not in kafka.bootstrap
    assert ports == []


@local
def test_a_killed_desk_leaves_no_broker(tmp_path: Path) -> None:
    script = (
        "import sys, pathlib, signal\n"
        "from desk_deploy.kafka.provider import LocalKafka\n"
        "kafka = LocalKafka(pathlib.Path(sys.argv[1]))\n"
        "kafka.start()\n"
        "print(kafka.pid(1), flush=True)\n"
        "signal.pause()\n"
    )
    with subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True) as desk:
        assert desk.stdout is not None
        broker = int(desk.stdout.readline())
        assert runs(broker)
        desk.kill()
        assert eventually(lambda: not runs(broker))


@local
@pytest.mark.slow
async def test_three_brokers_lose_nothing_when_the_leader_is_killed(tmp_path: Path) -> None:
    with LocalKafka(tmp_path, brokers=3) as kafka:
        [topic] = await ensure_topics(kafka.bootstrap, only=[TICKETS])
        leader = await leader_of_the_key(kafka.bootstrap, topic)
        await produce(kafka.bootstrap, topic, b"before the kill")
        kafka.kill(leader)
        await produce(kafka.bootstrap, topic, b"with two brokers")
        kafka.start(leader)
        await produce(kafka.bootstrap, topic, b"with three again")
        expected = [b"probe", b"before the kill", b"with two brokers", b"with three again"]
        assert await consume(kafka.bootstrap, topic, 4) == expected


def test_two_brokers_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="brokers: 2 is not possible, give 1 or 3"):
        LocalKafka(tmp_path, brokers=2)


def test_no_java_is_said_with_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(LaunchError, match="no Java: install a JDK 17 or later, or give a broker by DESKSTREAM_KAFKA"):
        LocalKafka(tmp_path).start()


def test_a_java_too_old_is_said_with_its_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "java").write_text("#!/bin/sh\necho 'openjdk version \"11.0.2\" 2019-01-15' >&2\n")
    (tmp_path / "java").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(LaunchError, match="is Java 11: install a JDK 17"):
        LocalKafka(tmp_path).start()


def test_no_maven_is_said_with_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("DESKSTREAM_KAFKA_HOME", str(tmp_path / "cache"))
    with pytest.raises(LaunchError, match=r"no Maven to download Apache Kafka 4\.1\.0: install maven"):
        broker_jars()


def test_a_maven_that_fails_is_quoted_and_leaves_no_half_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mvn").write_text("#!/bin/sh\necho '[ERROR] repository unreachable'\nexit 1\n")
    (tmp_path / "mvn").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("DESKSTREAM_KAFKA_HOME", str(tmp_path / "cache"))
    with pytest.raises(LaunchError, match=r"could not download Apache Kafka.*repository unreachable"):
        broker_jars()
    assert [entry.name for entry in (tmp_path / "cache").iterdir()] == ["lock"]


def test_the_cache_is_the_users_unless_the_environment_names_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DESKSTREAM_KAFKA_HOME", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "deskstream" / "kafka-4.1.0"
    monkeypatch.setenv("DESKSTREAM_KAFKA_HOME", str(tmp_path / "own"))
    assert cache_folder() == tmp_path / "own"


def test_a_given_broker_comes_first_and_is_not_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESKSTREAM_KAFKA", "kafka.example:9092")
    broker = find_broker(tmp_path)
    assert broker is not None
    assert (broker.bootstrap, broker.origin) == ("kafka.example:9092", "environment")
    broker.stop()


def test_a_container_comes_before_the_local_broker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DESKSTREAM_KAFKA", raising=False)
    ended: list[str] = []
    monkeypatch.setattr(desk_deploy.kafka.provider, "engine_answers", lambda: True)
    monkeypatch.setattr(
        desk_deploy.kafka.provider, "start_container", lambda: ("host:1", lambda: ended.append("container"))
    )
    broker = find_broker(tmp_path)
    assert broker is not None and broker.origin == "docker"
    broker.stop()
    assert ended == ["container"]


def test_without_any_way_there_is_no_broker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DESKSTREAM_KAFKA", raising=False)
    monkeypatch.setattr(desk_deploy.kafka.provider, "engine_answers", lambda: False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_broker(tmp_path) is None


def test_no_docker_engine_answers_where_none_listens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    assert engine_answers() is False
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    assert engine_answers() is False
