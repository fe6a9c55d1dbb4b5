"""One trace from the PSA's callback to the write-back, through services that share nothing but the facts."""

from __future__ import annotations

import json

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from desk.telemetry import Tracing
from desk_billing.main import BILLING
from desk_deploy.testing.psa_bench import bench
from desk_deploy.testing.simulated_psa import PSA
from desk_docs.main import DOCS
from desk_intake.psa.ids import ticket_id
from desk_sla.main import SLA
from desk_triage.main import TRIAGE

pytestmark = pytest.mark.postgres
OTHERS = (TRIAGE, SLA, BILLING, DOCS)
SERVICES = ("intake", "triage", "sla", "billing", "docs")


def names(spans: list[ReadableSpan], trace: str) -> set[str]:
    """Names of the spans of one trace, without owners and versions of types."""
    found = (span for span in spans if span.context is not None and f"{span.context.trace_id:032x}" == trace)
    return {span.name.replace("desk.", "").replace(".v1", "") for span in found}


async def test_a_callback_its_ruling_the_clocks_and_the_write_back_are_one_trace(database: str) -> None:
    exporters = {name: InMemorySpanExporter() for name in SERVICES}
    tracing = {name: Tracing(name, exporter=exporter) for name, exporter in exporters.items()}
    async with bench(database, *OTHERS, tracing=tracing) as desk:
        number = desk.open_ticket()
        await desk.settle()
        desk.clock.advance()
        desk.jdoe.set_status(number, "closed")
        await desk.settle()

        observed = (await desk.facts(number, "psa-observed"))[-1]
        trace = observed.traceparent.split("-")[1]
        facts = {event.type.split(".")[2] for event in await desk.facts(number) if trace in event.traceparent}
        assert {"psa-observed", "observation-ruled", "resolved", "closed", "obligation-raised"} <= facts

        found = {name: names(list(exporter.get_finished_spans()), trace) for name, exporter in exporters.items()}
        assert {"POST /psa/{instance}/callbacks", "read receipt", "record intake.psa-observed"} <= found["intake"]
        assert {"hear intake.psa-observed", "record triage.observation-ruled"} <= found["triage"]
        assert {"hear triage.resolved", "record sla.clock-met"} <= found["sla"]
        assert {"hear triage.resolved", "record docs.closed"} <= found["docs"]
        assert "hear docs.closed" in found["billing"]
        assert any(name.startswith("effect psa") for name in found["intake"])


async def test_spans_hold_ids_and_nothing_of_the_ticket(database: str) -> None:
    exporter = InMemorySpanExporter()
    async with bench(database, TRIAGE, tracing={"intake": Tracing("intake", exporter=exporter)}) as desk:
        number = desk.open_ticket("Canary of a summary")
        await desk.settle()
        spans = exporter.get_finished_spans()
        assert any((s.attributes or {}).get("desk.ticket") == ticket_id(PSA, str(number)) for s in spans)
        assert "Canary" not in json.dumps([json.loads(span.to_json()) for span in spans])


async def test_without_an_exporter_no_span_is_made_and_the_trace_is_passed_on(database: str) -> None:
    async with bench(database, TRIAGE) as desk:
        number = desk.open_ticket()
        await desk.settle()
        assert not desk.hosted["triage"].service.tracing.recording
        observed = (await desk.facts(number, "psa-observed"))[0].traceparent
        assert observed
        assert (await desk.facts(number, "observation-ruled"))[0].traceparent == observed
