"""Reads of an IT Glue account: key, links, folders, included fields, related items, error bodies, settings."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from desk_connectors.http import RecordGone, VendorAnswerInvalid, VendorHttp, VendorRefused
from desk_connectors.http.errors import FieldProblem, VendorError
from desk_connectors.itglue import ItGlueSettings, ItGlueWrites, NewSection
from desk_connectors.testing import FakeClock, Played

NOT_UTF_8 = b'"\x80"'
ADDRESS = "https://api.eu.itglue.com"
SETTINGS = ItGlueSettings(instance="itglue-main", address=ADDRESS, page_size=5)
LINK = f"{ADDRESS}/organizations/410233/relationships/documents?page%5Bnumber%5D=2&page%5Bsize%5D=5"
LAST = {"meta": {"next-page": None}, "links": {"next": None}}


def document(number: int, **attributes: object) -> dict[str, Any]:
    given = {"organization-id": 410233, "name": f"Runbook {number}", "updated-at": "2026-03-04T10:22:07.000Z"}
    return {"id": f"1553002{number}", "type": "documents", "attributes": {**given, **attributes}}


def section(number: int, sort: int) -> dict[str, Any]:
    attributes = {"resource-type": "Document::Text", "content": f"<p>{number}</p>", "sort": sort}
    return {"id": str(number), "type": "document-sections", "attributes": attributes}


def errors(status: int, *bodies: dict[str, Any]) -> httpx.Response:
    return httpx.Response(status, json={"errors": list(bodies)})


def account(*answers: object) -> tuple[ItGlueWrites, Played]:
    script = [one if isinstance(one, httpx.Response) else httpx.Response(200, json=one) for one in answers]
    played = Played(*script)
    return ItGlueWrites(SETTINGS, VendorHttp("itglue", SETTINGS.limits, FakeClock(), played), lambda: "ITG.k"), played


async def test_every_call_carries_the_key_and_the_media_type() -> None:
    client, played = account({"data": [], **LAST})
    await client.verify()
    (request,) = played.asked
    assert request.url == httpx.URL(f"{ADDRESS}/organizations?page%5Bsize%5D=1")
    names = ("x-api-key", "accept", "content-type")
    assert [request.headers[name] for name in names] == ["ITG.k", *["application/vnd.api+json"] * 2]


async def test_the_vendors_links_are_followed_without_parameters_of_our_own() -> None:
    first = {"data": [document(1), document(2)], "meta": {"next-page": 2}, "links": {"next": LINK}}
    client, played = account(first, {"data": [document(2, name="moved"), document(3), {"id": 7}], **LAST})
    rows, foldered = await client.documents("410233")
    assert [one.attributes.name for one in rows.records] == ["Runbook 1", "Runbook 2", "Runbook 3"]
    assert (rows.unreadable, rows.cut, foldered) == (1, False, True)
    assert rows.records[0].attributes.updated_at == datetime(2026, 3, 4, 10, 22, 7, tzinfo=UTC)
    assert dict(played.asked[0].url.params) == {"filter[document_folder_id]": "null", "page[size]": "5"}
    assert played.asked[1].url == httpx.URL(LINK)


@pytest.mark.parametrize(
    ("meta", "links"),
    [({"next-page": None}, {"next": LINK}), ({"next-page": 2}, {"next": None}), ({}, {"next": LINK}), ({}, {})],
)
async def test_a_list_goes_on_only_if_page_and_link_are_named(meta: object, links: object) -> None:
    client, played = account({"data": [document(1)], "meta": meta, "links": links})
    rows, _ = await client.documents("410233")
    assert (len(rows.records), rows.cut, len(played.asked)) == (1, False, 1)


@pytest.mark.parametrize(
    "link", ["https://api.itglue.com/x", "http://api.eu.itglue.com/x", f"{ADDRESS}.evil.example/x", "//x", {}]
)
async def test_a_link_to_another_origin_is_refused(link: object) -> None:
    client, played = account({"data": [], "meta": {"next-page": 2}, "links": {"next": link}})
    with pytest.raises(VendorAnswerInvalid, match=r"links\.next"):
        await client.documents("410233")
    assert len(played.asked) == 1


async def test_a_link_that_repeats_ends_the_list_with_an_error() -> None:
    client, _ = account({"data": [], "meta": {"next-page": 2}, "links": {"next": LINK}})
    with pytest.raises(VendorAnswerInvalid, match="repeats a page"):
        await client.documents("410233")


async def test_a_tenant_that_refuses_one_form_of_the_folder_filter_is_asked_in_the_other() -> None:
    client, played = account(errors(400, {"title": "Bad Request"}), {"data": [document(1)], **LAST})
    rows, foldered = await client.documents("410233")
    assert (len(rows.records), foldered) == (1, True)
    assert played.asked[1].url.params["filter[document_folder_id][ne]"] == ""


async def test_documents_in_folders_are_lacking_where_no_form_is_accepted() -> None:
    refused = errors(422, {"title": "Invalid filter"})
    client, played = account(refused, refused, {"data": [document(1)], **LAST})
    rows, foldered = await client.documents("410233")
    assert (len(rows.records), foldered) == (1, False)
    assert dict(played.asked[2].url.params) == {"page[size]": "5"}


async def test_sections_are_in_the_order_of_the_document() -> None:
    client, _ = account({"data": [section(12, 2), section(9, 3), section(11, 2), section(13, 1)], **LAST})
    found = await client.sections("15530021")
    assert [one.id for one in found.records] == ["13", "11", "12", "9"]


async def test_types_of_assets_come_with_the_fields_of_every_page() -> None:
    def page(number: int, **end: object) -> dict[str, object]:
        field = {"flexible-asset-type-id": number, "name": "Path", "kind": "Text", "name-key": "path"}
        included = [{"id": f"9{number}", "type": "flexible-asset-fields", "attributes": field}, {"id": 1}]
        kind = {"id": str(number), "type": "flexible-asset-types", "attributes": {"name": f"Kind {number}"}}
        return {"data": [kind], "included": included, **end}

    client, played = account(page(1, meta={"next-page": 2}, links={"next": LINK}), page(2, **LAST))
    types, fields = await client.asset_types()
    assert [one.attributes.name for one in types.records] == ["Kind 1", "Kind 2"]
    assert ([one.id for one in fields.records], fields.unreadable) == (["91", "92"], 2)
    assert played.asked[0].url.params["include"] == "flexible_asset_fields"


async def test_related_items_are_told_from_other_included_resources() -> None:
    attributes = {"destination-id": 7720145, "destination-type": "Configuration"}
    related = {"id": "3", "type": "related-items", "attributes": attributes}
    mirrored = {"id": "4", "type": "related-items", "attributes": {"resource-id": 8, "resource-type": "Document"}}
    included = [{"id": "2", "type": "attachments", "attributes": {}}, related, mirrored]
    client, _ = account({"data": document(1), "included": included})
    found = await client.relations("documents", "15530021")
    assert [one.item for one in found.records] == [("Configuration", 7720145), ("Document", 8)]


@pytest.mark.parametrize(
    ("answer", "error", "text"),
    [
        (errors(404, {"status": "404", "title": "Not found"}), RecordGone, "not there"),
        (httpx.Response(404, html="<html>Not found</html>"), VendorRefused, "404 not JSON:API"),
        (httpx.Response(401), VendorRefused, "401"),
        (errors(200, {"title": "x"}), VendorRefused, "error body"),
        (httpx.Response(200, json={"meta": {}}), VendorAnswerInvalid, "data: missing"),
        (httpx.Response(200, html="<html>Sign in</html>"), VendorAnswerInvalid, "not readable as JSON"),
        (httpx.Response(200, json={"data": {"id": "x", "attributes": {}}}), VendorAnswerInvalid, "Document"),
    ],
)
async def test_an_answer_that_is_no_document_is_an_error(
    answer: httpx.Response, error: type[Exception], text: str
) -> None:
    client, _ = account(answer)
    with pytest.raises(error, match=text):
        await client.document("15530021")


async def test_a_refused_write_names_the_fields_and_the_vendors_words() -> None:
    problem = {"status": "422", "title": "Name can't be blank", "detail": "Name can't be blank"}
    body = {**problem, "source": {"pointer": "/data/attributes/name"}}
    client, played = account(errors(422, body, {"title": "No pointer"}, {"title": "x", "source": {"parameter": "id"}}))
    with pytest.raises(VendorRefused) as caught:
        await client.create_document("410233", "")
    assert caught.value.fields == (
        FieldProblem("name", "invalid", "Name can't be blank"),
        FieldProblem("id", "invalid", ""),
    )
    assert (caught.value.status, len(played.asked)) == (422, 1)


async def test_a_section_is_written_with_its_level_only_if_it_has_one() -> None:
    client, played = account({"data": section(5, 2)})
    assert (await client.add_section("15530021", NewSection("Document::Text", "<p>x</p>"), 2)).id == "5"
    await client.add_section("15530021", NewSection("Document::Heading", "x", 2), 3)
    sent = [httpx.Response(200, content=one.content).json()["data"]["attributes"] for one in played.asked]
    assert sent[0] == {"resource_type": "Document::Text", "content": "<p>x</p>", "sort": 2}
    assert sent[1] == {"resource_type": "Document::Heading", "content": "x", "sort": 3, "level": 2}


@given(st.sampled_from([200, 400, 401, 404, 422]), st.binary(max_size=200))
@example(200, NOT_UTF_8)
@example(400, NOT_UTF_8)
async def test_any_body_is_an_error_of_the_vendor(status: int, body: bytes) -> None:
    client, _ = account(httpx.Response(status, content=body))
    with pytest.raises(VendorError):
        await client.document("15530021")


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"address": "https://examplemsp.itglue.com"}, "address: give https and a region's host"),
        ({"address": "http://api.eu.itglue.com"}, "address: give https"),
        ({"address": "https://127.0.0.1:8184", "kind": "simulator"}, "address: a simulator is reached"),
        ({"page_size": 1001}, "page_size: give 5 to 1000"),
    ],
)
def test_settings_name_the_field_and_its_remedy(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        ItGlueSettings(**{"instance": "itglue-main", "address": ADDRESS, **changes})
