"""Step 9 by itself: searches of a simulated IT Glue, on real PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from desk.contract.event import Event
from desk.contract.ticket.docs.documentation import DocumentationJudged, DocumentationSearched
from desk.contract.ticket.gates import RESOLVE
from desk.contract.ticket.intake.assets import AssetLinked, AssetUnlinked
from desk.contract.ticket.intake.facts import ClientCorrected, ProblemRestated
from desk.decision.principal import Role
from desk_deploy.testing.documentation_bench import (
    CREDENTIALS,
    ITGLUE,
    DocumentationBench,
    documentation_bench,
)
from desk_deploy.testing.evidence_bench import ACME, NORTHWIND
from desk_docs.integrations import EVIDENCE
from desk_docs.main import DOCS
from desk_integrations.evidence.collector import Table
from desk_integrations.instances.document import parse

pytestmark = pytest.mark.postgres
ORGANIZATIONS = {ACME: "410233", NORTHWIND: "410234"}
PROBLEM = "Outlook asks for the password"
REQUEST = {"cycle": 1, "terms": ["EliteDesk", "AcmeStock"]}


@pytest.fixture
async def bench(database: str) -> AsyncIterator[DocumentationBench]:
    async with documentation_bench(database, DOCS, EVIDENCE, "intake", "triage") as found:
        yield found


async def linked(bench: DocumentationBench, ticket: str, device: str = "d-1") -> None:
    await bench.open_ticket(ticket, problem=PROBLEM)
    await bench.desk.say(ticket, AssetLinked(link="link-1", device=device))


async def mapped(bench: DocumentationBench) -> None:
    for client, organization in ORGANIZATIONS.items():
        await bench.map(client, organization)


async def test_documentation_is_searched_when_the_asset_is_linked_and_frozen_as_found(
    bench: DocumentationBench,
) -> None:
    await mapped(bench)
    await linked(bench, "t-1")
    (fact,) = await bench.until_facts("t-1", DocumentationSearched, 1)
    assert (fact.client, fact.device, fact.sources, fact.unknown) == (ACME, "d-1", (ITGLUE,), ())
    assert (fact.query, fact.reason, fact.not_applicable) == (PROBLEM, "", False)
    best = fact.hits[0]
    assert (best.title, best.kind, best.source) == ("Outlook after a password change", "document", ITGLUE)
    assert (
        best.hit == f"{ITGLUE}/{best.external}" and "Outlook" in str(best.excerpt) and best.url.startswith("https://")
    )
    assert fact.unavailable == ("restricted",) and fact.asked_at is not None
    raw = await bench.raw("t-1")
    assert b"Outlook" not in raw and b"credentials" not in raw

    (event,) = await bench.events("t-1", DocumentationSearched)
    (trigger,) = await bench.events("t-1", AssetLinked)
    assert (event.causationid, event.actor, event.cycle) == (trigger.id, "service:docs", 1)
    ticket = await bench.desk.ticket("t-1")
    assert RESOLVE["documentation"].check(ticket, "automatic")
    await bench.until_calls("done")


async def test_an_unmapped_client_is_unknown_and_a_mapping_brings_a_later_answer(bench: DocumentationBench) -> None:
    await linked(bench, "t-1")
    (unmapped,) = await bench.until_facts("t-1", DocumentationSearched, 1)
    assert (unmapped.unknown, unmapped.reason, unmapped.hits) == ((ITGLUE,), "client-not-mapped", ())
    assert bench.network.paths == []
    bench.ask_again()
    await asyncio.sleep(1.5)
    assert len(await bench.facts("t-1", DocumentationSearched)) == 1
    await mapped(bench)
    bench.ask_again()
    *_, answered = await bench.until_facts("t-1", DocumentationSearched, 2)
    assert (answered.unknown, answered.reason) == ((), "") and answered.hits
    assert answered.search != unmapped.search
    await bench.until_calls("done")


async def test_a_source_that_does_not_answer_is_unknown(database: str) -> None:
    async with documentation_bench(database, DOCS, EVIDENCE, "intake", env={}) as bench:
        await mapped(bench)
        await linked(bench, "t-1")
        (missing,) = await bench.until_facts("t-1", DocumentationSearched, 1)
        assert (missing.unknown, missing.reason) == ((ITGLUE,), "credentials-missing")
        bench.env.update(CREDENTIALS)
        bench.documentation.faults.scripts.answer("server-error", path="organizations/*/relationships/documents")
        bench.ask_again()
        *_, failed = await bench.until_facts("t-1", DocumentationSearched, 2)
        assert (failed.unknown, failed.reason, failed.hits) == ((ITGLUE,), "unavailable", ())
        await bench.until_calls("unknown")


async def test_without_an_instance_the_search_is_not_applicable(database: str) -> None:
    async with documentation_bench(database, DOCS, EVIDENCE, "intake", instances=parse({})) as bench:
        await linked(bench, "t-1")
        (fact,) = await bench.until_facts("t-1", DocumentationSearched, 1)
        assert (fact.not_applicable, fact.sources, fact.asked_at) == (True, (), None)
        assert bench.calls() == []


async def test_another_device_client_or_problem_supersedes_the_question(bench: DocumentationBench) -> None:
    await mapped(bench)
    stop = {"kind": f"documentation/{ITGLUE}"}
    assert (await bench.desk.post("/effect-stops", stop, Role.ADMIN)).status_code == 200
    await linked(bench, "t-1")
    await bench.desk.say(
        "t-1",
        ProblemRestated(statement="Outlook is blocked", text_hash="h2"),
        AssetUnlinked(link="link-1", reason="typo"),
        ClientCorrected(before=ACME, after=NORTHWIND, revision=1),
    )
    assert [state for _, state, _ in bench.calls()] == ["planned"] * 3 and bench.network.paths == []
    assert (await bench.desk.post("/effect-starts", stop, Role.ADMIN)).status_code == 200
    (fact,) = await bench.until_facts("t-1", DocumentationSearched, 1)
    assert (fact.client, fact.device, fact.query) == (NORTHWIND, None, "Outlook is blocked")
    await bench.until_calls("superseded", "superseded", "done")
    assert not any(ORGANIZATIONS[ACME] in path for path in bench.network.paths)


async def test_rows_of_another_client_never_appear(bench: DocumentationBench) -> None:
    bench.documentation.editor.add_document(
        ORGANIZATIONS[NORTHWIND], "Outlook of Northwind", ["<p>Outlook password</p>"]
    )
    bench.documentation.faults.change({"api_filter_ignored": 1.0})
    await mapped(bench)
    await linked(bench, "t-1")
    (fact,) = await bench.until_facts("t-1", DocumentationSearched, 1)
    assert fact.foreign > 0 and fact.hits
    assert not any("Northwind" in f"{hit.title} {hit.excerpt}" for hit in fact.hits)


async def test_search_docs_asks_for_the_technicians_words_and_a_hit_is_judged(bench: DocumentationBench) -> None:
    await bench.open_ticket("t-1", problem=PROBLEM)
    refused = await bench.desk.post("/tickets/t-1/search-docs", REQUEST)
    assert (refused.status_code, refused.json()["code"]) == (409, "client_unmapped")
    await mapped(bench)
    accepted = await bench.desk.post("/tickets/t-1/search-docs", REQUEST)
    assert accepted.status_code == 200, accepted.text
    request, answered = await bench.until_facts("t-1", DocumentationSearched, 2)
    assert (request.reason, request.asked_at, answered.request) == ("waiting", None, request.search)
    assert (answered.query, answered.unknown) == ("EliteDesk\nAcmeStock", ())
    assert [hit.title for hit in answered.hits] == ["AcmeStock"]
    await bench.until_calls("done")

    judgement = {"cycle": 1, "hit": answered.hits[0].hit, "helped": True}
    assert (await bench.desk.post("/tickets/t-1/judge-hit", judgement)).status_code == 200
    (judged,) = await bench.facts("t-1", DocumentationJudged)
    assert (judged.hit, judged.helped) == (answered.hits[0].hit, True)
    other = await bench.desk.post("/tickets/t-1/judge-hit", {**judgement, "hit": f"{ITGLUE}/documents/1"})
    assert (other.status_code, other.json()["code"]) == (422, "invalid_field")


async def test_a_request_is_answered_beside_the_automatic_search(bench: DocumentationBench) -> None:
    await mapped(bench)
    await linked(bench, "t-1")
    await bench.until_facts("t-1", DocumentationSearched, 1)
    await one_call_for_one_request(bench)


async def one_call_for_one_request(bench: DocumentationBench) -> None:
    """An answer to a request is no request: it asks nothing."""
    bench.documentation.faults.scripts.answer("server-error", path="organizations/*/relationships/documents")
    before = len(bench.calls())
    assert (await bench.desk.post("/tickets/t-1/search-docs", REQUEST)).status_code == 200
    found = await bench.until_facts("t-1", DocumentationSearched, before + 2)
    assert found[-1].reason == "unavailable"
    await asyncio.sleep(0.5)
    assert len(bench.calls()) == before + 1


def echoing() -> Table:
    """A broken twin: every search of the ticket counts as a request."""

    def always(_event: Event) -> bool:
        return True

    automatic, asked = EVIDENCE
    return (automatic, replace(asked, asks=always))


async def test_a_twin_that_takes_answers_for_requests_fails(database: str) -> None:
    async with documentation_bench(database, DOCS, echoing(), "intake") as bench:
        await mapped(bench)
        await bench.open_ticket("t-1", problem=PROBLEM)
        with pytest.raises(AssertionError):
            await one_call_for_one_request(bench)
