"""Search: the client's own items, in folders and over pages, by title and text, and nobody else's."""

from __future__ import annotations

import pytest

from desk_integrations.conformance.documentation.harness import ACME, EMPTY, SYNC, UNMAPPED, DocumentationHarness
from desk_integrations.conformance.faults import afterwards, answers, edits
from desk_integrations.conformance.harness import Drift
from desk_integrations.kinds.documentation import Documentation, DocumentationHits, SearchTerms
from desk_integrations.outcomes import Empty, Missing, NotMapped, Unknown

RESTRICTED = Missing("restricted", "forbidden", rows=1)


async def found(port: Documentation, *terms: str) -> DocumentationHits:
    outcome = await port.search(ACME, SearchTerms(terms))
    assert isinstance(outcome, DocumentationHits) and outcome.foreign == 0
    assert outcome.missing == (RESTRICTED,)
    return outcome


class SearchCases:
    """Cases of `search`."""

    async def test_a_term_is_found_in_the_text_of_documents_in_folders_and_of_records(
        self, harness: DocumentationHarness
    ) -> None:
        hits = (await found(harness.adapter(), "STOCK  sync")).hits
        assert {one.external for one in hits} == {harness.external("runbook"), harness.external("exception")}
        (document,) = [one for one in hits if one.kind == "document"]
        assert (document.title, document.matched) == ("AcmeStock release steps", ("STOCK  sync",))
        assert "stock sync of A. Khan" in document.excerpt and document.url and document.updated_at is not None

    async def test_a_title_and_a_device_are_found_too_and_most_terms_come_first(
        self, harness: DocumentationHarness
    ) -> None:
        assert harness.external("pc-1") in {one.external for one in (await found(harness.adapter(), "acm-pc-001")).hits}
        hits = (await found(harness.adapter(), "release steps", "sync", "nowhere")).hits
        assert (hits[0].external, hits[0].matched) == (harness.external("runbook"), ("release steps", "sync"))

    async def test_a_password_is_neither_found_nor_read(self, harness: DocumentationHarness) -> None:
        assert (await found(harness.adapter(), "swordfish")).hits == ()

    async def test_items_come_over_three_pages_and_none_twice(self, harness: DocumentationHarness) -> None:
        harness.overlap_pages(2)
        hits = (await found(harness.adapter(), "of 13")).hits
        assert sorted(one.title for one in hits) == sorted(f"Note {number}" for number in range(1, 14))
        assert harness.faults.count(harness.documents_path) >= 3

    async def test_a_list_that_shrinks_between_two_pages_loses_no_other_document_for_good(
        self, harness: DocumentationHarness
    ) -> None:
        port = harness.adapter()
        harness.faults.add(harness.documents_path, afterwards(lambda: harness.remove_document("note-1")), times=1)
        assert isinstance(await port.search(ACME, SYNC), DocumentationHits)
        hits = (await found(port, "of 13")).hits
        assert sorted(one.title for one in hits) == sorted(f"Note {number}" for number in range(2, 14))

    async def test_a_text_that_changed_is_read_again_and_only_that_one(self, harness: DocumentationHarness) -> None:
        port = harness.adapter()
        await found(port, "stock sync")
        harness.clock.advance(60)
        harness.edit_document("note-3", "The stock sync moved.")
        asked = len(harness.faults.asked)
        hits = (await found(port, "stock sync")).hits
        assert harness.external("note-3") in {one.external for one in hits}
        first, asked = asked, len(harness.faults.asked)
        await found(port, "stock sync")
        assert asked - first == len(harness.faults.asked) - asked + 1

    async def test_a_client_without_items_is_empty_and_so_is_a_search_without_hits(
        self, harness: DocumentationHarness
    ) -> None:
        assert await harness.adapter().search(EMPTY, SYNC) == Empty()
        assert (await found(harness.adapter(), "no such words")).hits == ()

    async def test_rows_of_another_client_are_dropped_and_counted_when_the_vendors_filter_is_broken(
        self, harness: DocumentationHarness
    ) -> None:
        harness.break_filter()
        for client in (ACME, EMPTY):
            outcome = await harness.adapter().search(client, SYNC)
            assert isinstance(outcome, DocumentationHits) and outcome.foreign > 0
            assert not [one for one in outcome.hits if "Brixton" in f"{one.title} {one.excerpt}"]
            assert bool(outcome.hits) == (client == ACME)

    async def test_a_client_that_is_not_mapped_or_not_served_is_never_looked_up(
        self, harness: DocumentationHarness
    ) -> None:
        other = harness.adapter(scope="client", client="somebody-else")
        for port, client in ((harness.adapter(), UNMAPPED), (other, ACME)):
            assert await port.search(client, SYNC) == NotMapped("client")
            assert await port.document(client, harness.external("runbook")) == NotMapped("client")
            assert await port.related(client, "d-pc-1") == NotMapped("client")
        assert harness.faults.asked == []

    async def test_a_list_that_is_not_there_is_unknown_and_not_empty(self, harness: DocumentationHarness) -> None:
        harness.faults.add(harness.documents_path, answers(404))
        assert await harness.adapter().search(ACME, SYNC) == Unknown("refused")

    @pytest.mark.parametrize("kind", ["extra", "null"])
    async def test_a_field_that_is_new_or_null_changes_nothing(
        self, harness: DocumentationHarness, kind: Drift
    ) -> None:
        harness.faults.add(harness.documents_path, edits(harness.drift(kind)))
        assert len((await found(harness.adapter(), "stock sync")).hits) == 2

    @pytest.mark.parametrize("kind", ["missing", "type"])
    async def test_a_row_that_cannot_be_read_is_left_out_and_counted(
        self, harness: DocumentationHarness, kind: Drift
    ) -> None:
        harness.faults.add(harness.documents_path, edits(harness.drift(kind)), times=1)
        outcome = await harness.adapter().search(ACME, SYNC)
        assert isinstance(outcome, DocumentationHits)
        assert outcome.missing == (Missing("documents", "unreadable", rows=1), RESTRICTED)
