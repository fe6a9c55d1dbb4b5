"""One item by its id, and the items that are related to a device."""

from __future__ import annotations

import pytest

from desk_integrations.conformance.documentation.harness import ACME, DocumentationHarness
from desk_integrations.kinds.documentation import DocumentationItem, RelatedItems
from desk_integrations.outcomes import Empty, NotMapped, Unknown


class ReadCases:
    """Cases of `document` and `related`."""

    async def test_a_document_has_its_text_without_mark_up(self, harness: DocumentationHarness) -> None:
        item = await harness.adapter().document(ACME, harness.external("runbook"))
        assert isinstance(item, DocumentationItem)
        assert (item.kind, item.title, item.text) == (
            "document",
            "AcmeStock release steps",
            "The stock sync of A. Khan fails.",
        )
        assert item.url and item.updated_at is not None and item.missing == ()

    async def test_a_record_is_read_without_its_password(self, harness: DocumentationHarness) -> None:
        item = await harness.adapter().document(ACME, harness.external("exception"))
        assert isinstance(item, DocumentationItem) and item.kind == "record"
        assert "exception for the stock sync" in item.text and "swordfish" not in item.text

    async def test_a_document_that_changed_is_answered_as_it_is_now(self, harness: DocumentationHarness) -> None:
        port = harness.adapter()
        assert isinstance(await port.document(ACME, harness.external("note-1")), DocumentationItem)
        harness.clock.advance(60)
        harness.edit_document("note-1", "Another text.")
        item = await port.document(ACME, harness.external("note-1"))
        assert isinstance(item, DocumentationItem) and item.text == "Another text."

    async def test_a_document_of_another_client_is_foreign_and_its_text_is_not_read(
        self, harness: DocumentationHarness
    ) -> None:
        assert await harness.adapter().document(ACME, harness.external("foreign")) == NotMapped("document", "foreign")
        assert len(harness.faults.asked) == 1

    async def test_a_document_that_was_deleted_is_gone(self, harness: DocumentationHarness) -> None:
        harness.remove_document("note-1")
        assert await harness.adapter().document(ACME, harness.external("note-1")) == NotMapped("document", "gone")

    async def test_a_restricted_document_is_not_read(self, harness: DocumentationHarness) -> None:
        assert await harness.adapter().document(ACME, harness.external("secret")) == Unknown("forbidden")
        assert len(harness.faults.asked) == 1

    @pytest.mark.parametrize("external", ["", "passwords/1", "documents/1?x=1", "documents/../passwords/1", "9" * 5000])
    async def test_an_id_that_is_none_of_the_ports_is_never_sent(
        self, harness: DocumentationHarness, external: str
    ) -> None:
        assert await harness.adapter().document(ACME, external) == NotMapped("document")
        assert harness.faults.asked == []

    async def test_the_items_related_to_a_device_are_found_whichever_end_names_the_other(
        self, harness: DocumentationHarness
    ) -> None:
        outcome = await harness.adapter().related(ACME, "d-pc-1")
        assert isinstance(outcome, RelatedItems) and (outcome.missing, outcome.foreign) == ((), 0)
        assert {(one.external, one.kind) for one in outcome.items} == {
            (harness.external("runbook"), "document"),
            (harness.external("exception"), "record"),
        }
        assert all(one.title and one.url for one in outcome.items)

    async def test_a_device_without_related_items_has_none(self, harness: DocumentationHarness) -> None:
        assert await harness.adapter().related(ACME, "d-alone") == Empty()

    async def test_a_related_item_of_another_client_never_appears(self, harness: DocumentationHarness) -> None:
        harness.relate("foreign", "alone")
        assert await harness.adapter().related(ACME, "d-alone") == RelatedItems(items=(), foreign=1)

    async def test_a_device_that_is_gone_or_another_clients_has_no_related_items(
        self, harness: DocumentationHarness
    ) -> None:
        port = harness.adapter()
        assert await port.related(ACME, "d-gone") == NotMapped("device", "gone")
        assert await port.related(ACME, "d-foreign") == NotMapped("device", "foreign")

    @pytest.mark.parametrize("device", ["d-odd", "d-long", "d-unknown"])
    async def test_a_mapped_id_that_is_no_id_of_the_vendor_is_never_sent(
        self, harness: DocumentationHarness, device: str
    ) -> None:
        assert await harness.adapter().related(ACME, device) == NotMapped("device")
        assert harness.faults.asked == []
