"""Prometheus metrics of one service, in a registry of its own, because several services may share a process."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

CONTENT_TYPE = CONTENT_TYPE_LATEST
APPEND_BUCKETS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
HTTP_BUCKETS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    """One attribute per metric; units are seconds and counts. Labels are bounded sets, never an id."""

    def __init__(self, service: str) -> None:
        self.service = service
        self.registry = own = CollectorRegistry(auto_describe=False)
        Info("desk_service", "Name of the service", registry=own).info({"service": service})
        self.facts_appended = Counter("desk_facts_appended", "Own facts recorded", ["origin"], registry=own)
        self.facts_applied = Counter("desk_facts_heard", "Facts of peers applied", ["owner"], registry=own)
        self.facts_duplicate = Counter("desk_facts_had", "Duplicate facts of peers, dropped", ["owner"], registry=own)
        self.unknown_types = Counter("desk_unknown_types", "Facts of unknown types, kept", ["owner"], registry=own)
        self.divergences = Counter("desk_divergences", "Two facts under one ownerseq", ["owner"], registry=own)
        self.refusals = Counter("desk_refusals", "Commands refused", ["code"], registry=own)
        self.unreadable = Counter(
            "desk_unreadable_rows", "Rows left out of a list or export that cannot be read", ["list"], registry=own
        )
        self._observe_state(own)
        self._observe_durations(own)
        self._observe_feeds(own)
        self._log_fields_dropped = Gauge("desk_log_fields_dropped", "Log fields withheld in this process", registry=own)

    def _observe_state(self, own: CollectorRegistry) -> None:
        self.lag = Gauge("desk_lag_facts", "Facts of a peer not yet applied", ["owner"], registry=own)
        self.dropped = Gauge("desk_records_dropped", "Records that topics dropped unread", registry=own)
        self.parked = Gauge("desk_parked_facts", "Parked facts", registry=own)
        self.keys_missing = Gauge("desk_keys_missing", "Keys of texts that the key ring lacks", registry=own)
        self.facts_without_key = Gauge(
            "desk_facts_without_key", "Facts that name a key which the key ring lacks", registry=own
        )
        self.keys_erased_again = Gauge(
            "desk_keys_erased_again",
            "Destroyed keys that a restored key ring brought back, since the start",
            registry=own,
        )
        self.effects = Gauge("desk_effects", "Outbound calls by state", ["kind", "state"], registry=own)
        self.oldest_unpublished_seconds = Gauge(
            "desk_oldest_unpublished_seconds", "Age of the oldest own fact not yet published", registry=own
        )

    def _observe_durations(self, own: CollectorRegistry) -> None:
        self.append_seconds = Histogram(
            "desk_append_seconds", "Duration of an append", buckets=APPEND_BUCKETS, registry=own
        )
        self.http_seconds = Histogram(
            "desk_http_seconds",
            "Duration of a request",
            ["method", "route", "status"],
            buckets=HTTP_BUCKETS,
            registry=own,
        )

    def _observe_feeds(self, own: CollectorRegistry) -> None:
        self.feed_age_seconds = Gauge(
            "desk_feed_age_seconds", "Age of a vendor feed's last whole turn", ["instance", "feed"], registry=own
        )
        self.feed_failing = Gauge(
            "desk_feed_failing", "1 while a vendor feed cannot be read", ["instance", "feed"], registry=own
        )
        self.records_unreadable = Gauge(
            "desk_records_unreadable", "Vendor records that cannot be read and are retried", ["instance"], registry=own
        )

    def watch_dropped(self, total: Callable[[], int]) -> None:
        """Read the number of withheld log fields from here whenever metrics are rendered."""
        self._log_fields_dropped.set_function(lambda: float(total()))

    def watch_loops(self, loops: Callable[[], Iterable[tuple[str, float, int]]]) -> None:
        """Read every loop's name, seconds since its last completed turn, and failures whenever metrics are rendered."""
        self.registry.register(_LoopMetrics(loops))

    def render(self) -> bytes:
        """The text exposition format."""
        return generate_latest(self.registry)


class _LoopMetrics(Collector):
    def __init__(self, loops: Callable[[], Iterable[tuple[str, float, int]]]) -> None:
        self._loops = loops

    def collect(self) -> Iterator[Metric]:
        age = GaugeMetricFamily("desk_loop_age_seconds", "Seconds since a loop last completed a turn", labels=["loop"])
        failures = CounterMetricFamily("desk_loop_failures", "Turns of a loop that ended by an error", labels=["loop"])
        for name, seconds, failed in self._loops():
            age.add_metric([name], seconds)
            failures.add_metric([name], failed)
        yield age
        yield failures
