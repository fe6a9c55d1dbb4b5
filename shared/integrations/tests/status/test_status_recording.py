"""A recording of polls: whole bodies are readings, everything else is unknown, and a wrong file is refused."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from desk_integrations.kinds.status import StatusReading
from desk_integrations.outcomes import Empty, Missing, Outcome, Unknown
from desk_integrations.status.statuspage import Poll, RecordingInvalid, recorded

PAGE = {"id": "ab12cd34ef56", "name": "Example Cloud", "updated_at": "2026-06-08T10:52:00.120Z"}
STATUS = {"indicator": "none", "description": "All Systems Operational"}
INCIDENT = {"id": "in01", "name": "Login errors", "status": "identified", "impact": "none", "incident_updates": []}
WHOLE: dict[str, Any] = {"page": PAGE, "status": STATUS, "components": [], "incidents": [INCIDENT]}
AT = "2026-06-08T12:00:00+02:00"


def poll(**values: Any) -> Poll:
    (found,) = recorded([json.dumps({"observed_at": AT, **values}).encode()])
    return found


def outcome(body: object) -> Outcome[StatusReading]:
    return poll(summary=body).outcome


def test_a_whole_body_is_a_reading_at_the_time_of_the_poll_in_utc() -> None:
    found = poll(summary=WHOLE)
    assert found.at == datetime(2026, 6, 8, 10, 0, tzinfo=UTC)
    assert isinstance(found.outcome, StatusReading)
    assert [(one.external, one.state, one.impact) for one in found.outcome.incidents] == [
        ("in01", "identified", "none")
    ]


def test_a_body_as_text_is_read_like_a_body_as_json() -> None:
    assert outcome(json.dumps(WHOLE)) == outcome(WHOLE)


def test_a_page_without_incidents_is_empty_whatever_its_indicator() -> None:
    assert outcome({**WHOLE, "incidents": []}) == Empty()
    assert outcome({**WHOLE, "incidents": [], "status": {"indicator": "major"}}) == Empty()


def test_lists_that_other_products_omit_count_as_empty() -> None:
    assert isinstance(outcome({"page": PAGE, "status": STATUS, "incidents": [INCIDENT]}), StatusReading)


@pytest.mark.parametrize(
    "body",
    [
        None,
        "",
        " ",
        "null",
        json.dumps(WHOLE)[:200],
        "<html>Please sign in</html>",
        {},
        [],
        {"page": PAGE, "incidents": [INCIDENT]},
        {"status": STATUS, "incidents": [INCIDENT]},
        {"page": PAGE, "status": STATUS},
        {**WHOLE, "incidents": None},
        {**WHOLE, "incidents": {}},
        "[" * 50_000,
    ],
)
def test_an_empty_or_torn_body_is_unknown(body: object) -> None:
    assert outcome(body) == Unknown("schema-drift")


def test_a_poll_without_a_body_is_unknown() -> None:
    assert poll(outages=WHOLE).outcome == Unknown("schema-drift")


def test_an_incident_that_cannot_be_read_is_missing_and_hides_no_other() -> None:
    found = outcome({**WHOLE, "incidents": [{"id": "in02"}, INCIDENT, {**INCIDENT, "id": 7}]})
    assert isinstance(found, StatusReading)
    assert found.missing == (Missing("incidents", "unreadable", rows=2),)
    assert (len(found.incidents), found.names_every_incident) == (1, False)


def test_technical_incidents_of_the_page_are_skipped() -> None:
    assert outcome({**WHOLE, "incidents": [{**INCIDENT, "name": "_system_metadata:x"}]}) == Empty()


def test_a_part_of_a_line_is_an_unknown_poll_without_a_time() -> None:
    line = json.dumps({"observed_at": AT, "summary": WHOLE}).encode()
    found = list(recorded([line, b"\n", line[:80], line]))
    assert [one.at is None for one in found] == [False, True, False]
    assert found[1].outcome == Unknown("schema-drift")


@pytest.mark.parametrize("value", [None, "", "yesterday", 5])
def test_a_line_without_a_time_is_refused_by_its_number(value: object) -> None:
    lines = [json.dumps({"observed_at": time, "summary": WHOLE}).encode() for time in (AT, value)]
    with pytest.raises(RecordingInvalid, match="line 2: observed_at"):
        list(recorded(lines))


def test_a_file_that_is_no_recording_is_refused() -> None:
    with pytest.raises(RecordingInvalid, match="no line is a poll"):
        list(recorded([b"id,name\n", b"1,Login errors\n"]))
    assert list(recorded([])) == []
