"""Settings of a combined broker and controller on loopback."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from desk_deploy.up.process import LOOPBACK

JVM = (
    "-Xmx512m",
    "-XX:+ExitOnOutOfMemoryError",
    "-XX:-UsePerfData",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSS",
    "-Dorg.slf4j.simpleLogger.log.state.change.logger=warn",
)


@dataclass(frozen=True, slots=True)
class Node:
    """One broker: its id (from 1) and its two loopback ports."""

    id: int
    port: int
    controller_port: int


def server_properties(node: Node, nodes: Sequence[Node], data: Path) -> str:
    """server.properties of the node. Three nodes: replication 3, a write needs two; one node: 1 and 1.

    Kafka acknowledges before fsync: a single broker survives kill -9, not the loss of power.
    """
    settings = {
        "process.roles": "broker,controller",
        "node.id": node.id,
        "controller.quorum.voters": ",".join(f"{n.id}@{LOOPBACK}:{n.controller_port}" for n in nodes),
        "listeners": f"PLAINTEXT://{LOOPBACK}:{node.port},CONTROLLER://{LOOPBACK}:{node.controller_port}",
        "advertised.listeners": f"PLAINTEXT://{LOOPBACK}:{node.port}",
        "inter.broker.listener.name": "PLAINTEXT",
        "controller.listener.names": "CONTROLLER",
        "log.dirs": data,
        "auto.create.topics.enable": "false",
        **_replication(len(nodes)),
        "offsets.topic.num.partitions": 8,
        "group.initial.rebalance.delay.ms": 0,
        # A broker that was killed may register again only when its old session is over.
        "broker.session.timeout.ms": 4_000,
        "broker.heartbeat.interval.ms": 1_000,
        "log.cleaner.dedupe.buffer.size": 16_777_216,
    }
    return "".join(f"{name}={value}\n" for name, value in settings.items())


def _replication(nodes: int) -> dict[str, int]:
    copies = min(3, nodes)
    needed = max(1, copies - 1)
    return {
        "default.replication.factor": copies,
        "min.insync.replicas": needed,
        "offsets.topic.replication.factor": copies,
        "transaction.state.log.replication.factor": copies,
        "transaction.state.log.min.isr": needed,
        "share.coordinator.state.topic.replication.factor": copies,
        "share.coordinator.state.topic.min.isr": needed,
    }
