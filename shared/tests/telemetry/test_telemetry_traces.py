"""One trace runs through services that share nothing but the traceparent of a fact; metrics are per service."""

from __future__ import annotations

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from desk.telemetry import Metrics, Tracing, traceparent
from desk.telemetry.fields import Dropped


def test_a_fact_carries_the_trace_from_one_service_to_the_next() -> None:
    exporter = InMemorySpanExporter()
    intake, triage = Tracing("intake", exporter=exporter), Tracing("triage", exporter=exporter)
    with intake.span("webhook"):
        carried = traceparent()
    with triage.continue_trace(carried, "react", ticket="t-1"):
        onward = traceparent()
    webhook, react = exporter.get_finished_spans()
    assert carried.split("-")[1] == onward.split("-")[1]
    assert react.parent is not None and webhook.context is not None
    assert react.parent.span_id == webhook.context.span_id
    assert (webhook.resource.attributes["service.name"], react.resource.attributes["service.name"]) == (
        "desk-intake",
        "desk-triage",
    )
    assert dict(react.attributes or {}) == {"desk.ticket": "t-1"}


@pytest.mark.parametrize("parent", ["", "nonsense", "00-" + "0" * 32 + "-" + "0" * 16 + "-01"])
def test_an_unusable_traceparent_begins_a_new_trace(parent: str) -> None:
    tracing = Tracing("docs", exporter=InMemorySpanExporter())
    with tracing.continue_trace(parent, "hear"):
        assert traceparent().startswith("00-") and traceparent() != parent


def test_without_an_exporter_the_trace_is_still_passed_on() -> None:
    tracing = Tracing("sla")
    with tracing.span("webhook"):
        carried = traceparent()
    with tracing.continue_trace(carried, "hear"):
        assert traceparent() == carried


def test_without_an_exporter_a_child_has_an_id_of_its_own_in_its_parent_s_sampled_trace() -> None:
    tracing = Tracing("sla")
    with tracing.span("webhook"):
        parent = traceparent().split("-")
        with tracing.span("append"):
            child = traceparent().split("-")
    assert (child[1], child[3]) == (parent[1], parent[3]) == (parent[1], "01")
    assert child[2] != parent[2]
    with tracing.continue_trace("", "hear"):
        assert traceparent().split("-")[1] != parent[1]


def test_outside_of_any_span_there_is_no_traceparent() -> None:
    assert traceparent() == ""


def test_a_fact_is_never_put_below_the_span_that_happens_to_be_current() -> None:
    tracing = Tracing("sla", exporter=InMemorySpanExporter())
    with tracing.span("batch"):
        batch = traceparent()
        with tracing.continue_trace("", "hear"):
            assert traceparent().split("-")[1] != batch.split("-")[1]


def test_a_failed_span_names_the_class_of_the_error_and_nothing_of_its_text() -> None:
    exporter, dropped = InMemorySpanExporter(), Dropped()
    tracing = Tracing("sla", exporter=exporter, dropped=dropped)
    with pytest.raises(ValueError, match="Canary"), tracing.span("append", body="Canary Bird"):
        raise ValueError("Canary Bird")
    (span,) = exporter.get_finished_spans()
    assert span.status.description == "ValueError"
    assert "Canary" not in span.to_json()
    assert dropped.names() == {"body": 1}


def test_two_services_in_one_process_count_apart() -> None:
    intake, docs = Metrics("intake"), Metrics("docs")
    intake.facts_appended.labels(origin="live").inc(3)
    docs.refusals.labels(code="gates_open").inc()
    assert b'desk_facts_appended_total{origin="live"} 3.0' in intake.render()
    assert b"desk_facts_appended_total{" not in docs.render()
    assert b'desk_service_info{service="docs"} 1.0' in docs.render()


def test_withheld_log_fields_are_a_metric() -> None:
    metrics, dropped = Metrics("intake"), Dropped()
    metrics.watch_dropped(lambda: dropped.total)
    dropped.add("body")
    assert b"desk_log_fields_dropped 1.0" in metrics.render()
