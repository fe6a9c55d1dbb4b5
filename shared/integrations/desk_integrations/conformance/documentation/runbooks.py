"""Runbooks: written once whatever becomes of an answer, changed in place, and never over another person's text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from desk_integrations.conformance.documentation.harness import (
    ACME,
    BRIXTON,
    CHANGED,
    RUNBOOK,
    DocumentationHarness,
    StoredRunbook,
)
from desk_integrations.conformance.faults import answers
from desk_integrations.kinds.documentation import (
    Documentation,
    DocumentationItem,
    Runbook,
    RunbookConflict,
    WrittenRunbook,
)
from desk_integrations.outcomes import NotMapped, Unknown

TEXTS = (
    "Symptom",
    "Sync fails at 02:00 <b>every</b> night & day.\nThe log says 5 > 4.",
    "Fix",
    "Release the file's quarantine.",
)
MOST_TRIES = 5
CHANGED_TEXTS = ("Symptom", "It is solved.", "Nothing else.")


async def written(port: Documentation, runbook: Runbook = RUNBOOK, base: str = "") -> WrittenRunbook:
    outcome = await port.upsert_runbook(ACME, runbook, base)
    assert isinstance(outcome, WrittenRunbook)
    return outcome


async def repeated(
    harness: DocumentationHarness, writes: Sequence[tuple[str, str]], runbook: Runbook, base: str = ""
) -> WrittenRunbook:
    """The runbook after the answer to every one of these writes was lost once."""
    for method, path in writes:
        harness.lose_answer(method, path)
    port = harness.adapter(deadline=0.5)
    for _ in range(MOST_TRIES * len(writes)):  # a busy machine may reach the deadline before the write
        outcome = await port.upsert_runbook(ACME, runbook, base)
        assert isinstance(outcome, Unknown) and outcome.reason in ("timeout", "unavailable")
        harness.clock.advance(60)
        if harness.answers_to_lose == 0:
            break
    assert harness.answers_to_lose == 0
    return await written(harness.adapter(), runbook, base)


class RunbookCases:
    """Cases of `upsert_runbook`."""

    async def test_a_new_runbook_is_published_with_its_text_as_text_and_related_to_its_device(
        self, harness: DocumentationHarness
    ) -> None:
        port = harness.adapter()
        made = await written(port)
        (stored,) = harness.runbooks(ACME)
        assert stored.published and RUNBOOK.title in stored.name and stored.texts == TEXTS
        assert harness.related_to("pc-1").count(made.external) == 1
        item = await port.document(ACME, made.external)
        assert isinstance(item, DocumentationItem) and item.text == "\n".join(TEXTS) and made.revision and made.url

    async def test_the_same_runbook_again_writes_nothing(self, harness: DocumentationHarness) -> None:
        port = harness.adapter()
        made = await written(port)
        asked = len(harness.faults.asked)
        assert await written(port, base=made.revision) == made
        assert {request.method for request in harness.faults.asked[asked:]} == {"GET"}

    async def test_a_write_whose_answer_was_lost_is_looked_up_before_it_is_repeated(
        self, harness: DocumentationHarness
    ) -> None:
        made = await repeated(harness, harness.writes, RUNBOOK)
        (stored,) = harness.runbooks(ACME)
        assert stored == StoredRunbook(stored.name, TEXTS, published=True)
        assert harness.related_to("pc-1").count(made.external) == 1

    async def test_a_change_whose_answers_were_lost_ends_in_the_same_text(self, harness: DocumentationHarness) -> None:
        made = await written(harness.adapter())
        changed = await repeated(harness, harness.changes, CHANGED, made.revision)
        (stored,) = harness.runbooks(ACME)
        assert stored == StoredRunbook(stored.name, CHANGED_TEXTS, published=True)
        assert changed.external == made.external
        assert harness.related_to("pc-1").count(made.external) == 1

    async def test_a_change_replaces_the_text_of_the_revision_that_it_is_based_on(
        self, harness: DocumentationHarness
    ) -> None:
        port = harness.adapter()
        made = await written(port)
        changed = await written(port, CHANGED, made.revision)
        (stored,) = harness.runbooks(ACME)
        assert stored.texts == CHANGED_TEXTS and stored.published
        assert changed.external == made.external and changed.revision != made.revision
        assert harness.related_to("pc-1").count(made.external) == 1

    async def test_the_text_of_another_person_is_not_replaced_unless_it_is_the_base(
        self, harness: DocumentationHarness
    ) -> None:
        port = harness.adapter()
        made = await written(port)
        harness.edit_runbook("Ask Mary first.")
        asked = len(harness.faults.asked)
        conflict = await port.upsert_runbook(ACME, CHANGED, made.revision)
        assert isinstance(conflict, RunbookConflict) and conflict.external == made.external
        assert {request.method for request in harness.faults.asked[asked:]} == {"GET"}
        assert harness.runbooks(ACME)[0].texts[-1] == "Ask Mary first."
        await written(port, CHANGED, conflict.revision)
        assert harness.runbooks(ACME)[0].texts == CHANGED_TEXTS

    async def test_a_runbook_of_another_client_with_the_same_key_is_left_alone(
        self, harness: DocumentationHarness
    ) -> None:
        port = harness.adapter()
        theirs = await port.upsert_runbook(BRIXTON, replace(RUNBOOK, device=None))
        harness.break_filter()
        ours = await written(port)
        assert isinstance(theirs, WrittenRunbook) and theirs.external != ours.external
        assert (len(harness.runbooks(ACME)), len(harness.runbooks(BRIXTON))) == (1, 1)

    @pytest.mark.parametrize(
        ("device", "outcome"),
        [
            ("d-unknown", NotMapped("device")),
            ("d-gone", NotMapped("device", "gone")),
            ("d-foreign", NotMapped("device", "foreign")),
        ],
    )
    async def test_a_device_that_is_not_the_clients_prevents_the_write(
        self, harness: DocumentationHarness, device: str, outcome: NotMapped
    ) -> None:
        assert await harness.adapter().upsert_runbook(ACME, replace(RUNBOOK, device=device)) == outcome
        assert harness.runbooks(ACME) == []

    async def test_nothing_is_written_after_a_look_up_that_is_not_complete(self, harness: DocumentationHarness) -> None:
        harness.faults.add(harness.documents_path, answers(500))
        assert isinstance(await harness.adapter().upsert_runbook(ACME, RUNBOOK), Unknown)
        harness.faults.clear()
        assert harness.runbooks(ACME) == []
        assert {request.method for request in harness.faults.asked} == {"GET"}
