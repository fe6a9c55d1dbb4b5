"""Mapping documents: accepted content, and the error for each mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from desk_intake.imports import (
    BUILT_IN,
    FileRefused,
    Mapping,
    MappingRefused,
    built_in_mappings,
    load_mapping,
    open_log,
    parse_mapping,
)

from .import_examples import MAPPING, changed, mapping, read_lines, row, write


def refusal(text: str) -> str:
    with pytest.raises(MappingRefused) as refused:
        parse_mapping(text)
    return str(refused.value)


def test_the_built_in_mappings_are_found_by_name() -> None:
    assert [m.name for m in built_in_mappings()] == list(BUILT_IN)
    assert load_mapping("helpdesk-activity-log").version == "import:helpdesk-activity-log"


def test_the_incident_log_s_matrix_is_the_one_of_its_origin() -> None:
    matrix = load_mapping("servicenow-incident-log").matrix_policy()
    assert matrix == {
        "high": {"high": "P1", "medium": "P2", "low": "P3"},
        "medium": {"high": "P2", "medium": "P3", "low": "P4"},
        "low": {"high": "P3", "medium": "P4", "low": "P4"},
    }


def test_a_mapping_file_is_read_from_a_path(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(changed(), "utf-8-sig")
    assert load_mapping(str(path)) == mapping()


def test_another_source_keeps_the_other_fields() -> None:
    other = mapping().with_source("second-instance")
    assert (other.source, other.columns) == ("second-instance", mapping().columns)


def test_a_name_that_is_neither_built_in_nor_a_file_is_refused_with_the_names() -> None:
    with pytest.raises(MappingRefused, match=r"no such file.*servicenow-incident-log"):
        load_mapping("incident-log")


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_bytes(b"name: \xff\xfe")
    with pytest.raises(MappingRefused, match="save the file as UTF-8"):
        load_mapping(str(path))
    path.write_bytes(b"#" * 1_000_001)
    with pytest.raises(MappingRefused, match="larger than 1 MB"):
        load_mapping(str(path))


def test_texts_that_yaml_would_convert_stay_texts() -> None:
    state = mapping(("New: new", "Yes: new, 1: open, null: none, 2024-01-01: closed")).state
    assert state is not None
    assert list(state.classes)[:4] == ["Yes", "1", "null", "2024-01-01"]


def test_every_mistake_is_named_at_once() -> None:
    text = changed(("client: acme\n", ""), ("kind: incident", "kind: trouble"), ("zone: UTC", "zone: Europe/Rom"))
    message = refusal(text + "colour: red\n")
    assert "client: Field required; add it" in message
    assert "kind: Input should be 'incident'" in message
    assert "times.zone: 'Europe/Rom' is no IANA zone; write for example Europe/Rome or UTC" in message
    assert "colour: Extra inputs are not permitted; remove it or correct its name" in message


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("order: {by: file}\n", "", "order: Field required; add it"),
        ("{by: file}", "{by: column}", "order: by: column needs column and read_as"),
        ("duplicates: no-events", "duplicates: maybe", "duplicates: Input should be 'events' or 'no-events'"),
        ("New: new", "New: fresh", "state.classes.New: Input should be 'new'"),
        ("New: new", "New: {a: new}", "name the second column in columns"),
        ("New: new", '"*": new', "may only be a second state"),
        ("Work: open", "New: open", "'New' is given twice"),
        ("columns: [state]", "columns: []", "state.columns: List should have at least 1 item"),
        ('["%Y-%m-%d %H:%M"]', '["%Y-%Q"]', "times.formats: %Q in '%Y-%Q' is unknown"),
        ('["%Y-%m-%d %H:%M"]', "[]", "times.formats: List should have at least 1 item"),
        ("record: number, ", "", "columns: record is missing; name the column that holds it"),
        (
            "number, observed_at",
            "[a, b], observed_at",
            "columns.record: Input should be a valid string",
        ),
        ("client: acme", "client:", "client: String should have at least 1 character; fill it in"),
        ("urgency: urgency, ", "", "impact, urgency and the priority matrix go together"),
        ("  impact: {H: high, M: medium, L: low}\n", "", "values: impact is missing; say which text"),
        ("  impact: {H: high", "  impact: {H: severe", "values: impact: 'severe' is none of ('high', 'medium', 'low')"),
        ("  otherwise: P3\n", "", "no priority for high/medium"),
        ("otherwise: P3", "otherwise: P9", "priority.otherwise: Input should be 'P1'"),
        ("column: closer", "column: state", "look_ahead: column 'state' also gives a field"),
        ("column: closer", "column: resolved", "look_ahead: column 'resolved' is listed twice"),
        ("shown_when: [closed], ", "", "field and shown_when go together"),
        ("name: example", "name: My Log", "name: String should match pattern"),
        ("profile: incident", "profile: incident\nfile: {encoding: klingon}", "'klingon' is no text encoding"),
        ("profile: incident", "profile: incident\nfile: {encoding: hex}", "'hex' is no text encoding"),
        ("profile: incident", "profile: incident\nfile: {delimiter: ', '}", "file.delimiter: String should match"),
        ("name: example", "name: [", "not valid YAML"),
    ],
)
def test_a_mistake_is_refused_by_its_field(old: str, new: str, named: str) -> None:
    assert named in refusal(changed((old, new)))


def test_a_document_without_fields_is_refused() -> None:
    assert "holds no fields" in refusal("- just\n- a list\n")
    assert "not valid YAML" in refusal("[" * 5000)


def test_states_and_activities_together_are_refused() -> None:
    text = changed() + "activity: {column: state, classes: {New: new}}\n"
    assert "exactly one of state and activity" in refusal(text)


def test_only_an_activity_without_a_class_may_differ_on_the_first_row() -> None:
    state = changed()[changed().index("state:\n") : changed().index("look_ahead:")]
    activity = "activity:\n  column: state\n  classes: {New: open}\n  first: {New: new}\n"
    assert "'New' needs class none" in refusal(changed((state, activity)))


FALLBACK = ("constants:", "fallbacks: {observed_at: [by, team]}\nconstants:")
SOLVED_FIRST = ("observed_at: updated", "observed_at: resolved")


def snapshot_row(resolved: str = "?", by: str = "?", team: str = "?") -> str:
    return f"A1,Fixed,2024-06-01 00:00,M,M,3,{team},?,{by},{resolved},?"


@pytest.mark.parametrize(
    ("line", "at"),
    [
        (snapshot_row("2024-05-01 08:00", "2024-05-09 08:00"), "2024-05-01T08:00:00+00:00"),
        (snapshot_row(by="2024-05-09 08:00", team="2024-05-10 08:00"), "2024-05-09T08:00:00+00:00"),
        (snapshot_row(team="2024-05-10 08:00"), "2024-05-10T08:00:00+00:00"),
    ],
)
def test_a_time_comes_from_the_first_of_its_columns_that_is_filled(tmp_path: Path, line: str, at: str) -> None:
    (read_row,), refused = read_lines(tmp_path, line, using=snapshot_mapping())
    assert (refused, read_row.observed_at.isoformat()) == ([], at)


@pytest.mark.parametrize(
    ("line", "field", "reason"),
    [
        (snapshot_row(), "resolved", "no time"),
        (snapshot_row("soon", "2024-05-09 08:00"), "resolved", "'soon' is no time"),
        (snapshot_row(by="soon", team="2024-05-09 08:00"), "by", "'soon' is no time"),
    ],
)
def test_a_fallback_is_for_empty_cells_only(tmp_path: Path, line: str, field: str, reason: str) -> None:
    _, (refused,) = read_lines(tmp_path, line, using=snapshot_mapping())
    assert (refused.field, refused.reason) == (field, reason)


def snapshot_mapping() -> Mapping:
    ahead = MAPPING[MAPPING.index("look_ahead:") : MAPPING.index("order:")]
    return mapping(SOLVED_FIRST, FALLBACK, (ahead, ""), ("actor: {column: by, bots: [robot], apis: [sync]}", ""))


def test_a_fallback_needs_a_column_and_the_header_needs_the_fallback(tmp_path: Path) -> None:
    with pytest.raises(MappingRefused, match="fallbacks: opened_at has no column to fall back from"):
        mapping(("constants:", "fallbacks: {opened_at: [by]}\nconstants:"))
    with pytest.raises(MappingRefused, match="'resolved' also gives a field"):
        mapping(("constants:", "fallbacks: {observed_at: [resolved]}\nconstants:"))
    with pytest.raises(FileRefused, match="no column 'gone'"):
        open_log(write(tmp_path, row()), mapping(("constants:", "fallbacks: {observed_at: [gone]}\nconstants:")))
