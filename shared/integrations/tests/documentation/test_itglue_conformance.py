"""IT Glue passes the suite of documentation adapters, on its simulator."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any, Literal

import pytest

from desk_connectors.plain_text import lines_of
from desk_connectors.testing import FakeClock
from desk_integrations.conformance.documentation import DocumentationConformance, DocumentationHarness
from desk_integrations.conformance.documentation.harness import (
    ACME,
    BRIXTON,
    DOCUMENTS,
    EMPTY,
    RUNBOOK,
    SYNC,
    StoredRunbook,
)
from desk_integrations.conformance.faults import edits
from desk_integrations.conformance.harness import Drift
from desk_integrations.instances.document import InstancesError
from desk_integrations.kinds.documentation import DocumentationHits
from desk_integrations.outcomes import Empty, Missing, NotMapped, Unknown
from desk_simulators.itglue import ItGlueSimulator

ORGANIZATIONS = {ACME: "9001", BRIXTON: "9002", EMPTY: "9003"}
DEVICES = {"pc-1": (ACME, "ACM-PC-001"), "alone": (ACME, "ACM-PC-002"), "foreign-pc": (BRIXTON, "BRX-PC-001")}
NEW_KEY = "ITG.0123456789abcdef0123456789abcdef.after-rotation"
FIELDS = {"Name": "Text", "Reason": "Textbox", "Login": "Password"}
TRAITS = {"name": "AcmeStock", "reason": "<p>An exception for the stock sync.</p>", "login": "swordfish"}


class ItGlueHarness(DocumentationHarness):
    """The simulated account, with the suite's world beside its own."""

    vendor = "itglue"
    settings = {"address": "https://api.itglue.com", "page_size": 5, "asset_types": ["Exceptions"]}
    documents_path = "/organizations/[0-9]+/relationships/documents$"
    document_path = "^/documents/[0-9]+$"
    device_path = "^/configurations/[0-9]+$"
    writes = (
        ("POST", "organizations/9001/relationships/documents"),
        *[("POST", "documents/")] * 5,  # four sections, a related item
        ("PATCH", "documents/"),
    )
    changes = (
        *[("PATCH", "documents/")] * 2,  # a section, and its publication
        *[("DELETE", "documents/")] * 2,
        ("POST", "documents/"),
    )

    def __init__(self) -> None:
        clock = FakeClock()
        self.simulator = ItGlueSimulator(clock=clock.now, mode="manual")
        editor = self.simulator.editor
        for client, organization in ORGANIZATIONS.items():
            editor.add_organization(client, organization)
        folder = int(editor.add_folder(ORGANIZATIONS[ACME], "Runbooks")["id"])
        self._documents = {
            seed.key: editor.add_document(
                ORGANIZATIONS[seed.client],
                seed.title,
                [f"<p>{seed.text}</p>"],
                folder if seed.foldered else None,
                seed.restricted,
            )["id"]
            for seed in DOCUMENTS
        }
        self._devices = {
            key: editor.add_configuration(ORGANIZATIONS[client], name)["id"] for key, (client, name) in DEVICES.items()
        }
        kind = editor.add_asset_type("Exceptions", FIELDS)["id"]
        self._exception = editor.add_asset(ORGANIZATIONS[ACME], kind, "AcmeStock", TRAITS)["id"]
        editor.relate("Document", self._documents["runbook"], "Configuration", self._devices["pc-1"])
        editor.relate("Configuration", self._devices["pc-1"], "FlexibleAsset", self._exception)
        super().__init__(self.simulator.transport(), clock)

    def credentials(self) -> dict[str, str]:
        return {"API_KEY": self.simulator.state.account.api_key}

    def rotate_credentials(self) -> dict[str, str]:
        self.simulator.state.account.api_key = NEW_KEY
        return {"API_KEY": NEW_KEY}

    def client_id(self, client: str) -> str:
        return ORGANIZATIONS[client]

    def device_id(self, key: str) -> str:
        return str(self._devices[key])

    def external(self, key: str) -> str:
        if key == "exception":
            return f"flexible_assets/{self._exception}"
        return f"configurations/{self._devices[key]}" if key in DEVICES else f"documents/{self._documents[key]}"

    def edit_document(self, key: str, text: str) -> None:
        (section,) = self._sections(self._documents[key])
        self.simulator.editor.edit_section(section["id"], f"<p>{text}</p>")

    def remove_document(self, key: str) -> None:
        self.simulator.editor.remove_document(self._documents[key])

    def relate(self, key: str, device: str) -> None:
        self.simulator.editor.relate("Document", self._documents[key], "Configuration", self._devices[device])

    def break_filter(self) -> None:
        self.simulator.faults.change({"api_filter_ignored": 1.0})

    def overlap_pages(self, rows: int) -> None:
        self.simulator.faults.change({"page_overlap": rows})

    def drift(self, kind: Drift) -> Callable[[Any], Any]:
        def change(document: dict[str, Any]) -> dict[str, Any]:
            first, *rest = document["data"]
            attributes = dict(first["attributes"])
            if kind == "missing":
                del attributes["organization-id"]
            elif kind == "type":
                attributes["organization-id"] = "Acme Ltd"
            elif kind == "null":
                attributes |= {"resource-url": None, "restricted": None, "document-folder-id": None}
            else:
                attributes["ai-summary"] = {"text": "x"}
            return {**document, "data": [{**first, "attributes": attributes}, *rest], "jsonapi": {"version": "1.0"}}

        return change

    def lose_answer(self, method: str, path: str) -> None:
        self.simulator.faults.once("act-then-time-out", method, path)

    @property
    def answers_to_lose(self) -> int:
        return len(self.simulator.faults.waiting())

    def runbooks(self, client: str) -> list[StoredRunbook]:
        found = []
        for record in self.simulator.editor.documents():
            values = record["attributes"]
            named = RUNBOOK.key in values["name"] or RUNBOOK.title in values["name"]
            if named and str(values["organization-id"]) == ORGANIZATIONS[client]:
                texts = tuple(map(_text, self._sections(record["id"])))
                found.append(StoredRunbook(values["name"], texts, values["published"]))
        return found

    def related_to(self, device: str) -> list[str]:
        number = int(self._devices[device])
        rows = [row["attributes"] for row in self.simulator.state.records("relation")]
        return [f"documents/{row['source-id']}" for row in rows if row["destination-id"] == number]

    def edit_runbook(self, text: str) -> None:
        (document,) = [one for one in self.simulator.editor.documents() if RUNBOOK.key in one["attributes"]["name"]]
        self.simulator.editor.edit_section(self._sections(document["id"])[-1]["id"], f"<p>{text}</p>")

    @property
    def error_body(self) -> bytes:
        return b'{"errors": [{"title": "Internal error about AcmeStock", "status": "500"}]}'

    def _sections(self, document: str) -> list[dict[str, Any]]:
        rows = self.simulator.state.records("section")
        own = [row for row in rows if row["attributes"]["document-id"] == int(document)]
        return sorted(own, key=lambda row: row["attributes"]["sort"])


def _text(section: dict[str, Any]) -> str:
    return "\n".join(filter(None, lines_of(section["attributes"]["content"])))


class TestItGlue(DocumentationConformance):
    @pytest.fixture
    async def harness(self) -> AsyncIterator[DocumentationHarness]:
        made = ItGlueHarness()
        yield made
        await made.aclose()

    async def test_a_key_that_is_refused_with_403_marks_the_instance_too(self, harness: ItGlueHarness) -> None:
        harness.simulator.state.behaviour.key_refusal = 403
        await self.test_refused_credentials_mark_the_instance_raise_one_alert_and_are_not_tried_again(harness)

    @pytest.mark.parametrize(("form", "missing"), [("ne", ()), ("none", (Missing("documents in folders", "refused"),))])
    async def test_a_tenant_with_another_filter_by_folder_is_read_as_far_as_it_answers(
        self, harness: ItGlueHarness, form: Literal["ne", "none"], missing: tuple[Missing, ...]
    ) -> None:
        harness.simulator.state.behaviour.folder_filter = form
        outcome = await harness.adapter().search(ACME, SYNC)
        assert isinstance(outcome, DocumentationHits)
        assert outcome.missing == (Missing("restricted", "forbidden", rows=1), *missing)
        assert (harness.external("runbook") in {one.external for one in outcome.hits}) == (form == "ne")

    async def test_no_runbook_is_written_where_documents_in_folders_cannot_be_looked_up(
        self, harness: ItGlueHarness
    ) -> None:
        harness.simulator.state.behaviour.folder_filter = "none"
        assert await harness.adapter().upsert_runbook(ACME, RUNBOOK) == Unknown("schema-drift")
        assert harness.runbooks(ACME) == []

    async def test_an_account_without_documents_is_a_missing_module_and_a_deleted_client_is_gone(
        self, harness: ItGlueHarness
    ) -> None:
        harness.simulator.state.behaviour.documents_module = False
        assert await harness.adapter().search(ACME, SYNC) == Unknown("forbidden")
        harness.simulator.state.remove("organization", ORGANIZATIONS[ACME])
        assert await harness.adapter().search(ACME, SYNC) == NotMapped("client", "gone")

    async def test_a_kind_of_asset_without_a_right_or_of_no_such_name_is_a_missing_part(
        self, harness: ItGlueHarness
    ) -> None:
        harness.simulator.faults.scripts.answer("forbidden", path="flexible_assets")
        outcome = await harness.adapter().search(ACME, SYNC)
        assert isinstance(outcome, DocumentationHits) and Missing("flexible assets", "forbidden") in outcome.missing
        settings = {**harness.settings, "asset_types": ["Exeptions"]}
        outcome = await harness.adapter(settings=settings).search(ACME, SYNC)
        assert isinstance(outcome, DocumentationHits)
        assert Missing("flexible assets Exeptions", "refused") in outcome.missing

    async def test_without_kinds_of_assets_records_are_unavailable_and_not_asked_for(
        self, harness: ItGlueHarness
    ) -> None:
        port = harness.adapter(settings={"address": "https://api.itglue.com"})
        assert (port.capabilities.searches, port.capabilities.unavailable) == (
            ("document", "configuration"),
            ("record",),
        )
        assert isinstance(await port.search(ACME, SYNC), DocumentationHits)
        assert harness.faults.count("flexible_asset") == 0

    async def test_a_search_reads_a_bounded_number_of_texts_and_the_next_one_goes_on(
        self, harness: ItGlueHarness
    ) -> None:
        for number in range(30):
            harness.simulator.editor.add_document(ORGANIZATIONS[EMPTY], f"Page {number}", ["<p>Stock sync</p>"])
        port = harness.adapter()
        first, second = await port.search(EMPTY, SYNC), await port.search(EMPTY, SYNC)
        assert isinstance(first, DocumentationHits) and isinstance(second, DocumentationHits)
        assert (len(first.hits), first.missing) == (20, (Missing("texts of documents", "cut", rows=10),))
        assert (len(second.hits), second.missing) == (30, ())
        assert await port.search(EMPTY, type(SYNC)(("no such words",))) == Empty()

    @pytest.mark.parametrize("link", ["https://evil.example/organizations", "/organizations", 5])
    async def test_the_key_is_never_sent_to_another_origin(self, harness: ItGlueHarness, link: object) -> None:
        change = edits(lambda document: {**document, "meta": {"next-page": 2}, "links": {"next": link}})
        harness.faults.add(harness.documents_path, change)
        assert await harness.adapter().search(ACME, SYNC) == Unknown("schema-drift")
        assert {request.url.host for request in harness.faults.asked} == {"api.itglue.com"}

    @pytest.mark.parametrize(
        ("settings", "named"),
        [
            ({}, "settings.address: "),
            ({"address": "https://examplemsp.itglue.com"}, "settings.address: give https and a region's host"),
            ({"address": "https://api.itglue.com", "page_size": 1}, "settings.page_size: "),
            ({"address": "https://api.itglue.com", "kind": "simulator"}, "settings.address: a simulator"),
            ({"address": "https://api.itglue.com", "asset_types": ["x"] * 21}, "settings.asset_types: "),
        ],
    )
    async def test_a_setting_that_cannot_be_used_is_named(
        self, harness: ItGlueHarness, settings: dict[str, Any], named: str
    ) -> None:
        with pytest.raises(InstancesError) as wrong:
            harness.adapter(settings=settings)
        assert f"instance documentation-main: {named}" in str(wrong.value)
