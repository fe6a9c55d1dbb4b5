"""Settings for Kafka. The figures were measured; the client libraries' defaults lose or duplicate facts."""

from __future__ import annotations

from typing import Any, NamedTuple

from desk.bus.kafka.access import KafkaAccess

FASTSTREAM, AIOKAFKA = "0.7.8", "0.14.0"
MAX_REQUEST_SIZE = 1_048_576
MAX_BATCH_SIZE = 262_144


class KafkaSettings(NamedTuple):
    """One service's use of a cluster. `bootstrap` is host:port, several separated by commas.

    `access` holds protocol and credentials. `prefix` begins every topic and group, so that several desks (or tests) can
    share a cluster. Durations without `_ms` are seconds. `deadline` bounds the acknowledgement of a batch and must
    exceed `request_timeout_ms`. `start` waits `patience` for a broker before the service goes on without it. The
    service counts as not alive when the ends of the topics moved for `stall_after` and its positions did not. `page` is
    the number of facts that the relay sends at once."""

    bootstrap: str
    prefix: str = ""
    access: KafkaAccess = KafkaAccess()
    max_records: int = 500
    batch_timeout_ms: int = 200
    session_timeout_ms: int = 10_000
    heartbeat_interval_ms: int = 3_000
    max_poll_interval_ms: int = 300_000
    linger_ms: int = 5
    request_timeout_ms: int = 120_000
    deadline: float = 150.0
    stop_timeout: float = 5.0
    graceful_timeout: float = 20.0
    patience: float = 10.0
    save_every: float = 1.0
    poll_every: float = 1.0
    watch_every: float = 5.0
    stall_after: float = 60.0
    first_pause: float = 0.1
    longest_pause: float = 5.0
    tries: int = 5
    page: int = 1000

    def group(self, owner: str) -> str:
        """The consumer group of a service."""
        return f"{self.prefix}desk-{owner}"

    def topic(self, name: str) -> str:
        """The name of a topic on this cluster."""
        return self.prefix + name

    def client(self, name: str) -> dict[str, Any]:  # Any: keyword arguments of aiokafka
        """Arguments of every aiokafka client; `name` appears in the brokers' logs."""
        return {"bootstrap_servers": self.bootstrap, "client_id": name, **self.access.client()}

    def consumer(self) -> dict[str, Any]:  # Any: keyword arguments of aiokafka
        """Arguments of every subscriber: the library commits nothing, and a new group reads all history."""
        return {
            "auto_offset_reset": "earliest",
            "session_timeout_ms": self.session_timeout_ms,
            "heartbeat_interval_ms": self.heartbeat_interval_ms,
            "max_poll_interval_ms": self.max_poll_interval_ms,
        }

    def producer(self, owner: str) -> dict[str, Any]:  # Any: keyword arguments of aiokafka
        """Arguments of the relay's producer."""
        return {
            **self.client(f"desk-{owner}-relay"),
            "acks": "all",
            "enable_idempotence": True,
            "linger_ms": self.linger_ms,
            "max_batch_size": MAX_BATCH_SIZE,
            "max_request_size": MAX_REQUEST_SIZE,
            "request_timeout_ms": self.request_timeout_ms,
        }
