"""OpenTelemetry traces from webhook to write-back: facts carry `traceparent`, and services continue it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import (
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    set_span_in_context,
    use_span,
)
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from desk.telemetry.fields import Dropped, allowed

_W3C = TraceContextTextMapPropagator()
_IDS = RandomIdGenerator()


class Tracing:
    """Spans of one service. It has a provider of its own, because several services may share a process.

    Without endpoint or exporter no span is recorded, but trace ids are still created and propagated.
    """

    def __init__(
        self,
        service: str,
        *,
        endpoint: str | None = None,
        exporter: SpanExporter | None = None,
        ratio: float = 1.0,
        dropped: Dropped | None = None,
    ) -> None:
        self._dropped = dropped or Dropped()
        self._provider = TracerProvider(
            sampler=ParentBased(TraceIdRatioBased(ratio)),
            resource=Resource({"service.name": f"desk-{service}", "service.namespace": "deskstream"}),
            shutdown_on_exit=False,
        )
        if exporter is not None:
            self._provider.add_span_processor(SimpleSpanProcessor(exporter))
        if endpoint is not None:
            self._provider.add_span_processor(BatchSpanProcessor(_otlp(endpoint)))
        self.recording = exporter is not None or endpoint is not None
        self._tracer = self._provider.get_tracer("desk")

    @contextmanager
    def span(self, name: str, kind: SpanKind = SpanKind.INTERNAL, **fields: object) -> Iterator[Span]:
        """A child of the current span, or the root of a new trace; fields pass the allow-list of logs."""
        with self._start(name, None, kind, fields) as span:
            yield span

    @contextmanager
    def continue_trace(
        self, parent: str, name: str, kind: SpanKind = SpanKind.CONSUMER, **fields: object
    ) -> Iterator[Span]:
        """A child of the span that `parent` (a W3C traceparent) names; a new trace when it is empty or invalid."""
        context = _W3C.extract({"traceparent": parent}, context=Context()) if parent else Context()
        parent_span = trace.get_current_span(context)
        if not self.recording and parent_span.get_span_context().is_valid:
            with use_span(NonRecordingSpan(parent_span.get_span_context())) as span:
                yield span
            return
        with self._start(name, context, kind, fields) as span:
            yield span

    def note(self, parent: str, name: str, **fields: object) -> None:
        """Record an instant in the trace that `parent` names; nothing without such a trace or a recording exporter."""
        if self.recording and parent:
            with self.continue_trace(parent, name, SpanKind.INTERNAL, **fields):
                pass

    @contextmanager
    def _start(
        self, name: str, context: Context | None, kind: SpanKind, fields: Mapping[str, object]
    ) -> Iterator[Span]:
        if not self.recording:
            with use_span(_unrecorded(context)) as unrecorded:
                yield unrecorded
            return
        attributes = {f"desk.{key}": value for key, value in allowed(fields, self._dropped).items()}
        span = self._tracer.start_span(name, context, kind, attributes)
        with use_span(span, end_on_exit=True, record_exception=False, set_status_on_exception=False):
            try:
                yield span
            except BaseException as error:
                span.set_status(Status(StatusCode.ERROR, type(error).__name__))
                raise

    def flush(self) -> None:
        """Export pending spans."""
        self._provider.force_flush()

    def close(self) -> None:
        """Export pending spans and stop."""
        self._provider.shutdown()


def _unrecorded(context: Context | None) -> Span:
    """A span that only carries ids: those that the provider would have made, without the provider's work."""
    parent = trace.get_current_span(context).get_span_context()
    trace_id = parent.trace_id if parent.is_valid else _IDS.generate_trace_id()
    flags = parent.trace_flags if parent.is_valid else TraceFlags(TraceFlags.SAMPLED)
    return NonRecordingSpan(SpanContext(trace_id, _IDS.generate_span_id(), is_remote=False, trace_flags=flags))


def traceparent() -> str:
    """The W3C traceparent of the current span; empty without one."""
    carrier: dict[str, str] = {}
    _W3C.inject(carrier, set_span_in_context(trace.get_current_span()))
    return carrier.get("traceparent", "")


def _otlp(endpoint: str) -> SpanExporter:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    return OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")
