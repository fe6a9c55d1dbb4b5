"""Logs, traces and metrics of a service: ids and sizes only, no text that a person wrote."""

from desk.telemetry.logs import Logs, configure_logging
from desk.telemetry.metrics import Metrics
from desk.telemetry.tracing import Tracing, traceparent

__all__ = ["Logs", "Metrics", "Tracing", "configure_logging", "traceparent"]
