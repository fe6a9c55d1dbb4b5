"""The simulated IT Glue: JSON:API documents, pages, filters that are ignored, drafts and sections, as the contract."""

import re
from typing import Any

import httpx
import pytest

from desk_simulators.itglue import Behaviour, Demo, ItGlueSimulator
from desk_simulators.kit.http.control import PREFIX

JSON_API = "application/vnd.api+json"
ACME, NORTHWIND = "410233", "410234"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
CONFIGURATION = {
    "organization-id", "organization-name", "resource-url", "name", "hostname", "primary-ip", "mac-address",
    "default-gateway", "serial-number", "asset-tag", "notes", "operating-system-id", "operating-system-name",
    "operating-system-notes", "configuration-type-id", "configuration-type-name", "configuration-type-kind",
    "configuration-status-id", "configuration-status-name", "manufacturer-id", "manufacturer-name", "model-id",
    "model-name", "location-id", "location-name", "contact-id", "contact-name", "installed-at", "purchased-at",
    "warranty-expires-at", "archived", "restricted", "psa-integration", "my-glue", "created-at", "updated-at",
}  # fmt: skip
DOCUMENT = {
    "organization-id", "organization-name", "name", "document-folder-id", "resource-url", "restricted", "published",
    "created-at", "updated-at",
}  # fmt: skip
ASSET = {
    "organization-id", "organization-name", "flexible-asset-type-id", "flexible-asset-type-name", "name",
    "resource-url", "traits", "archived", "created-at", "updated-at",
}  # fmt: skip
DOCUMENTS = f"/organizations/{ACME}/relationships/documents"
ALL = {"filter[document_folder_id]": "null"}


async def read(glue: httpx.AsyncClient, path: str, **params: str) -> dict[str, Any]:
    answer = await glue.get(path, params=params or None)
    assert (answer.status_code, answer.headers["content-type"]) == (200, JSON_API)
    found: dict[str, Any] = answer.json()
    return found


async def write(
    glue: httpx.AsyncClient, method: str, path: str, resource: str, status: int, **attributes: object
) -> dict[str, Any]:
    answer = await glue.request(method, path, json={"data": {"type": resource, "attributes": attributes}})
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_device_has_the_fields_of_the_contract(glue: httpx.AsyncClient) -> None:
    found = await read(glue, f"/organizations/{ACME}/relationships/configurations", **{"filter[name]": "ACME-DC01"})
    assert found.keys() == {"data", "meta", "links"}
    (server,) = found["data"]
    assert server.keys() == {"id", "type", "attributes", "relationships"}
    assert server["attributes"].keys() == CONFIGURATION
    assert (server["type"], server["attributes"]["organization-id"]) == ("configurations", int(ACME))
    assert server["attributes"]["resource-url"] == f"https://examplemsp.itglue.com/{ACME}/configurations/{server['id']}"
    assert TIME.fullmatch(server["attributes"]["updated-at"])
    assert (await read(glue, f"/configurations/{server['id']}"))["data"] == server


async def test_pages_have_absolute_links_that_are_followed_without_parameters(glue: httpx.AsyncClient) -> None:
    page = await read(glue, "/configurations", **{"page[size]": "8"})
    meta: dict[str, object] = {
        "current-page": 1,
        "next-page": 2,
        "prev-page": None,
        "total-pages": 3,
        "total-count": 21,
        "filters": {},
    }
    assert (page["meta"], page["links"]["prev"]) == (meta, None)
    assert page["links"].keys() == {"self", "first", "prev", "next", "last"}
    assert page["links"]["next"] == "https://api.itglue.com/configurations?page%5Bnumber%5D=2&page%5Bsize%5D=8"
    found = page["data"]
    while page["meta"]["next-page"] is not None:
        page = await read(glue, page["links"]["next"])
        found += page["data"]
    assert page["links"]["next"] is None and len({row["id"] for row in found}) == len(found) == 21
    assert (await read(glue, "/configurations"))["links"]["self"].endswith("page%5Bnumber%5D=1&page%5Bsize%5D=50")
    assert (await glue.get("/configurations", params={"page[size]": "1001"})).status_code == 400


@pytest.mark.parametrize("name", ["filter[organization_id]", "filter[organization-id]"])
async def test_filters_are_accepted_in_both_spellings_and_an_unknown_one_is_ignored(
    glue: httpx.AsyncClient, name: str
) -> None:
    assert len((await read(glue, "/configurations", **{name: NORTHWIND}))["data"]) == 4
    assert len((await read(glue, "/configurations", **{"filter[hostname]": "acme-dc01"}))["data"]) == 21
    assert len((await read(glue, "/organizations", **{"filter[psa_id]": "250"}))["data"]) == 1
    names = [row["attributes"]["name"] for row in (await read(glue, "/organizations", sort="-name"))["data"]]
    assert names == sorted(names, reverse=True)


async def test_documents_in_folders_are_listed_only_with_the_filter(
    glue: httpx.AsyncClient, itglue: ItGlueSimulator
) -> None:
    assert len((await read(glue, DOCUMENTS))["data"]) == 2
    rows = (await read(glue, DOCUMENTS, **ALL))["data"]
    assert len(rows) == 3 and rows[0]["attributes"].keys() == DOCUMENT
    folder = next(row["attributes"]["document-folder-id"] for row in rows if row["attributes"]["document-folder-id"])
    assert len((await read(glue, DOCUMENTS, **{"filter[document_folder_id]": str(folder)}))["data"]) == 1
    itglue.state.behaviour.folder_filter = "ne"
    assert (await glue.get(DOCUMENTS, params=ALL)).status_code == 400
    assert len((await read(glue, DOCUMENTS, **{"filter[document_folder_id][ne]": ""}))["data"]) == 3


async def test_a_document_is_a_draft_then_has_sections_and_is_published(glue: httpx.AsyncClient) -> None:
    made = (await write(glue, "POST", DOCUMENTS, "documents", 201, name="Release steps"))["data"]
    assert (made["type"], made["attributes"]["published"]) == ("documents", False)
    path = f"/documents/{made['id']}"
    await write(glue, "PATCH", path, "documents", 200, content="<p>ignored</p>")
    sections = f"{path}/relationships/sections"
    text = {"resource_type": "Document::Text", "content": "<p>Two</p>", "sort": 2}
    second = (await write(glue, "POST", sections, "document-sections", 201, **text))["data"]
    head = {"resource_type": "Document::Heading", "content": "One", "sort": 1, "level": 2}
    await write(glue, "POST", sections, "document-sections", 201, **head)
    listed = (await read(glue, sections, sort="sort"))["data"]
    assert [row["attributes"]["content"] for row in listed] == ["One", "<p>Two</p>"]
    assert (listed[1]["type"], listed[1]["attributes"]["rendered-content"]) == ("document-sections", "<p>Two</p>")
    await write(glue, "PATCH", f"{sections}/{second['id']}", "document-sections", 200, content="<p>2</p>")
    assert (await glue.patch(f"{path}/publish")).json()["data"]["attributes"]["published"] is True
    assert (await glue.post(f"{path}/publish")).status_code == 404
    assert (await glue.delete(f"{sections}/{second['id']}")).status_code == 200
    assert len((await read(glue, sections))["data"]) == 1
    gone = {"data": [{"type": "documents", "attributes": {"id": made["id"]}}]}
    assert (await glue.request("DELETE", "/documents", json=gone)).status_code == 200
    assert (await glue.get(path)).status_code == 404


async def test_flexible_assets_need_a_type_and_a_write_replaces_all_traits(glue: httpx.AsyncClient) -> None:
    types = await read(glue, "/flexible_asset_types", include="flexible_asset_fields")
    (kind,) = types["data"]
    assert {row["attributes"]["kind"] for row in types["included"]} == {"Text", "Textbox", "Date", "Password"}
    refused = await glue.get("/flexible_assets")
    detail = "param is missing or the value is empty: flexible_asset_type_id"
    assert refused.json() == {"errors": [{"status": "400", "title": "Bad Request", "detail": detail}]}
    wanted = {"filter[flexible_asset_type_id]": kind["id"], "filter[organization_id]": ACME}
    (asset,) = (await read(glue, "/flexible_assets", **wanted))["data"]
    assert (asset["type"], asset["attributes"].keys()) == ("flexible-assets", ASSET)
    assert asset["attributes"]["traits"]["approved-by"] == "Pat Doe"
    path, traits = f"/flexible_assets/{asset['id']}", {"application": "AcmeStock 2", "path": None}
    changed = (await write(glue, "PATCH", path, "flexible-assets", 200, traits=traits))["data"]["attributes"]
    assert (changed["traits"], changed["name"]) == ({"application": "AcmeStock 2"}, "AcmeStock 2")


async def test_related_items_are_included_from_both_ends(glue: httpx.AsyncClient) -> None:
    (device,) = (await read(glue, "/configurations", **{"filter[name]": "ACME-WS-014"}))["data"]
    document = (await read(glue, DOCUMENTS))["data"][0]["id"]
    values = {"destination_id": int(device["id"]), "destination_type": "Configuration", "notes": "usual place"}
    await write(glue, "POST", f"/documents/{document}/relationships/related_items", "related_items", 201, **values)
    one = await read(glue, f"/documents/{document}", include="related_items")
    assert [(row["type"], row["attributes"]["resource-id"]) for row in one["included"]] == [
        ("related-items", int(device["id"]))
    ]
    other = await read(glue, f"/configurations/{device['id']}", include="related_items")
    assert {row["attributes"]["resource-type"] for row in other["included"]} == {"Document", "FlexibleAsset"}
    assert "included" not in await read(glue, f"/configurations/{device['id']}")


@pytest.mark.parametrize(
    ("method", "path", "attributes", "status", "error"),
    [
        ("POST", DOCUMENTS, {"name": " "}, 422, "Name can't be blank"),
        ("POST", "/documents", {"name": "x", "organization-id": 1}, 422, "Organization must exist"),
        ("POST", "/documents/15530001/relationships/sections", {"content": "x"}, 400, "resource_type"),
        ("POST", "/documents/15530001/relationships/sections", {"resource_type": "x"}, 422, "not included in the list"),
        ("PATCH", "/documents/1", {"name": "x"}, 404, "Document not found"),
        ("POST", "/flexible_assets", {"organization-id": int(ACME)}, 422, "Flexible asset type must exist"),
    ],
)
async def test_a_write_that_cannot_be_made_says_why(
    glue: httpx.AsyncClient, method: str, path: str, attributes: dict[str, Any], status: int, error: str
) -> None:
    (found,) = (await write(glue, method, path, "documents", status, **attributes))["errors"]
    assert error in found["detail"] and found["status"] == str(status)
    assert ("source" in found) == (status == 422)


@pytest.mark.parametrize("path", ["/documents", "/tickets", "/"])
async def test_an_unknown_path_answers_a_web_page(glue: httpx.AsyncClient, path: str) -> None:
    answer = await glue.get(path)
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (404, "text/html")


async def test_a_wrong_key_and_a_wrong_media_type_are_refused(glue: httpx.AsyncClient, itglue: ItGlueSimulator) -> None:
    answer = await glue.post("/documents", content=b"{}", headers={"content-type": "application/json"})
    assert answer.status_code == 415
    for status in (401, 403):
        itglue.state.behaviour = Behaviour(key_refusal=status)
        answer = await glue.get("/organizations", headers={"x-api-key": "ITG.wrong"})
        assert (answer.status_code, answer.json()["errors"][0]["status"]) == (status, str(status))


async def test_the_limit_is_3000_calls_in_five_minutes(
    glue: httpx.AsyncClient, itglue: ItGlueSimulator, clock: Any
) -> None:
    assert itglue.state.behaviour.requests_per_window == 3000
    itglue.state.behaviour.requests_per_window = 1
    assert (await glue.get("/organizations")).status_code == 200
    answer = await glue.get("/organizations")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "300")
    clock.advance(minutes=5)
    assert (await glue.get("/organizations")).status_code == 200


async def test_acts_are_carried_out_over_the_control_address(glue: httpx.AsyncClient) -> None:
    document = next(iter((await glue.get(f"{PREFIX}/editor")).json()["documents"]))
    values = {"document": document, "name": "Renamed"}
    assert (await glue.post(f"{PREFIX}/editor/rename_document", json=values)).status_code == 200
    assert (await read(glue, f"/documents/{document}"))["data"]["attributes"]["name"] == "Renamed"
    assert (await glue.post(f"{PREFIX}/editor/rename_document", json={**values, "document": "1"})).status_code == 404
    assert (await glue.post(f"{PREFIX}/credentials/rotate", json={"api_key": "another"})).status_code == 200
    assert (await glue.get("/organizations")).status_code == 401


async def test_the_next_start_continues_with_the_same_account(clock: Any, tmp_path: Any) -> None:
    file = tmp_path / "itglue.json"
    first = ItGlueSimulator(clock=clock, mode="manual", state_file=file)
    first.editor.remove_document(first.editor.documents()[0]["id"])
    await first.stop()
    second = ItGlueSimulator(clock=clock, mode="manual", state_file=file)
    async with first.client() as one, second.client() as other:
        assert await read(one, DOCUMENTS, **ALL) == await read(other, DOCUMENTS, **ALL)
    assert len(second.editor.documents()) == 17


def test_a_demo_edits_and_the_same_seed_lives_the_same(clock: Any) -> None:
    start, lives = clock.now, []
    for _ in range(2):
        clock.now = start
        itglue = ItGlueSimulator(clock=clock, mode="manual")
        demo = Demo(itglue.state, seed=3)
        for _ in range(100):
            clock.advance(minutes=1)
            demo.step()
        lives.append([list(itglue.state.table(name)) for name in ("document", "section")])
        assert 18 < len(itglue.editor.documents()) <= 18 + 12
    assert lives[0] == lives[1]
