"""Arbitrary input is stored or refused; nothing breaks and nothing is half done."""

from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk_simulators.connectwise import ConnectWiseSimulator
from desk_simulators.connectwise.errors import ApiError
from desk_simulators.connectwise.records import writes as psa_writes
from desk_simulators.connectwise.records.resources import RESOURCES

PSA = ConnectWiseSimulator(mode="manual")
ACTOR = PSA.technician("jdoe").actor
TICKET = PSA.technician("jdoe").open_ticket("x", "ACME", contact=611)["id"]
WRITTEN = ("ticket", "note", "time", "contact", "company", "configuration", "agreement", "callback", "survey_result")
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 300) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "name", "identifier", "value"]), inner, max_size=3)
    ),
    max_leaves=6,
)
SEEDS: dict[str, dict[str, Any]] = {
    "ticket": {"summary": "x", "company": {"id": 250}},
    "note": {"ticketId": TICKET, "text": "x"},
    "time": {"timeStart": "2026-01-15T14:10:00Z", "chargeToId": TICKET},
    "contact": {"firstName": "x"},
    "company": {"identifier": "x", "name": "x"},
    "configuration": {"name": "x", "type": {"id": 1}, "company": {"id": 250}},
    "agreement": {"name": "x", "type": {"id": 1}, "company": {"id": 250}, "contact": {"id": 611}},
    "callback": {"url": "https://h.example/?id=", "objectId": 1, "type": "ticket", "level": "owner"},
    "survey_result": {"ticketId": TICKET, "surveyId": 1},
}


@st.composite
def bodies(draw: st.DrawFn) -> tuple[str, Any]:
    table = draw(st.sampled_from(WRITTEN))
    fields = sorted(RESOURCES[table].queryable | RESOURCES[table].create_only)
    changes = draw(st.dictionaries(st.sampled_from(fields), VALUES, max_size=4))
    return table, {**SEEDS[table], **changes}


@settings(max_examples=400, deadline=None)
@given(bodies())
def test_a_body_with_any_values_is_stored_or_refused_as_the_api_refuses(drawn: tuple[str, Any]) -> None:
    table, body = drawn
    before = len(PSA.state.table(table))
    try:
        record = psa_writes.create(PSA.state, table, body, ACTOR)
    except ApiError as refusal:
        assert 400 <= refusal.status < 500
        assert len(PSA.state.table(table)) == before
    else:
        assert PSA.state.record(table, record["id"]) == record


@settings(max_examples=400, deadline=None)
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "op": st.sampled_from(["add", "replace", "remove"]),
                "path": st.sampled_from(sorted(RESOURCES["ticket"].fields | {"customFields/0", "status/id", "_info"})),
                "value": VALUES,
            }
        ),
        min_size=1,
        max_size=3,
    )
)
def test_a_patch_with_any_values_is_done_or_refused_whole(operations: list[dict[str, Any]]) -> None:
    before = PSA.state.record("ticket", TICKET)
    try:
        psa_writes.patch(PSA.state, "ticket", TICKET, operations, ACTOR)
    except ApiError as refusal:
        assert 400 <= refusal.status < 500
        assert PSA.state.record("ticket", TICKET) is before


@pytest.mark.parametrize("raw", [b"", b"[", b"1", b'"x"', b"[]", b"\xff", b"[" * 100_000])
async def test_a_body_that_is_no_record_is_refused(api: httpx.AsyncClient, raw: bytes) -> None:
    answer = await api.post("service/tickets", content=raw, headers={"content-type": "application/json"})
    assert answer.status_code == 400


async def test_an_address_that_is_too_long_is_refused_and_may_be_searched_instead(api: httpx.AsyncClient) -> None:
    wanted = " or ".join(f"id={number}" for number in range(5101, 5400))
    assert (await api.get("service/tickets", params={"conditions": wanted})).status_code == 414
    assert (await api.post("service/tickets/search", json={"conditions": wanted})).status_code == 200
