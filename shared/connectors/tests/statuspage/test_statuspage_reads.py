"""Reads of a status page: offsets, groups, entity tags, pages that moved, and documents that are no page's."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk_connectors.http import RecordGone, VendorAnswerInvalid, VendorHttp, VendorRefused
from desk_connectors.reading import decoded
from desk_connectors.statuspage import Statuspage, StatuspageSettings, Summary, read_summary
from desk_connectors.testing import FakeClock, Played

SETTINGS = StatuspageSettings(instance="page", address="https://status.example.net")
INCIDENT = {
    "id": "in01",
    "name": "EU dashboard login errors",
    "status": "identified",
    "impact": "major",
    "started_at": "2026-06-08T06:31:00.000-04:00",
    "incident_updates": [{"id": "up02", "status": "identified", "body": "Cause found.", "affected_components": None}],
    "components": [{"id": "c1aa", "name": "EU Dashboard", "status": "partial_outage", "group_id": "g1"}],
}
DOCUMENT: dict[str, Any] = {
    "page": {"id": "ab12cd34ef56", "name": "Example Cloud", "time_zone": "America/New_York"},
    "status": {"indicator": "none", "description": "All Systems Operational"},
    "components": [{"id": "g1", "name": "Dashboard", "status": "operational", "group": True, "components": ["c1aa"]}],
    "incidents": [INCIDENT],
    "scheduled_maintenances": [],
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(list(DOCUMENT)), inner, max_size=5),
    max_leaves=12,
)


def page(*script: httpx.Response) -> tuple[Statuspage, Played]:
    played = Played(*script)
    return Statuspage(SETTINGS, VendorHttp("statuspage", SETTINGS.limits, FakeClock(), played)), played


async def test_a_summary_is_read_with_the_offset_of_the_page() -> None:
    client, _ = page(httpx.Response(200, json=DOCUMENT))
    found = await client.summary()
    (incident,) = found.incidents.records
    assert incident.started_at is not None and incident.started_at.utcoffset() == timedelta(hours=-4)
    assert (incident.incident_updates[0].body, incident.components[0].group_id) == ("Cause found.", "g1")
    assert found.components.records[0].components == ("c1aa",)


async def test_a_document_that_has_not_changed_is_confirmed_by_its_entity_tag() -> None:
    client, played = page(httpx.Response(200, json=DOCUMENT, headers={"etag": 'W/"1"'}), httpx.Response(304))
    assert await client.summary() == await client.summary()
    assert [request.headers.get("if-none-match") for request in played.asked] == [None, 'W/"1"']


async def test_a_confirmation_of_a_document_that_we_do_not_have_is_a_refusal() -> None:
    client, _ = page(httpx.Response(304))
    with pytest.raises(VendorRefused, match="304"):
        await client.summary()


async def test_a_torn_document_is_not_kept() -> None:
    torn = httpx.Response(200, content=b'{"page": {', headers={"etag": 'W/"2"'})
    client, played = page(torn, httpx.Response(200, json=DOCUMENT))
    with pytest.raises(VendorAnswerInvalid):
        await client.summary()
    assert (await client.summary()).page.id == "ab12cd34ef56"
    assert "if-none-match" not in played.asked[1].headers


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.Response(404), RecordGone),
        (httpx.Response(301, headers={"location": "https://status.example.org/"}), VendorRefused),
        (httpx.Response(200, json={"error": "Something went wrong"}), VendorRefused),
        (httpx.Response(200, json={"incidents": []}), VendorAnswerInvalid),
    ],
)
async def test_an_answer_that_is_no_document_is_an_error(answer: httpx.Response, error: type[Exception]) -> None:
    client, played = page(answer)
    with pytest.raises(error):
        await client.summary()
    assert {request.url.host for request in played.asked} == {"status.example.net"}


@settings(max_examples=50)
@given(JSON)
def test_any_json_is_a_summary_or_invalid(plain: object) -> None:
    try:
        assert isinstance(read_summary(plain), Summary)
    except VendorAnswerInvalid as invalid:
        assert invalid.vendor == "statuspage"


@given(st.integers(0, len(json.dumps(DOCUMENT)) - 1))
def test_a_summary_that_is_cut_anywhere_is_no_summary(length: int) -> None:
    with pytest.raises(VendorAnswerInvalid):
        read_summary(decoded("statuspage", "summary", json.dumps(DOCUMENT).encode()[:length]))
