"""Changes of a row against the previous snapshot."""

from __future__ import annotations

from pathlib import Path

from desk_intake.imports import RowRead, class_of, load_mapping, open_log

from .import_examples import changes, mapping, read, read_lines, row, write

ACTIVITIES = load_mapping("helpdesk-activity-log")
ACTIVITY_HEADER = "Case ID,Activity,Resource,Complete Timestamp,customer,product,workgroup"


def test_the_first_row_changes_every_field_from_none(tmp_path: Path) -> None:
    rows, _ = read_lines(tmp_path, row())
    assert changes(rows, {}) == [
        {
            "status": (None, "New"),
            "client": (None, "acme"),
            "impact": (None, "medium"),
            "urgency": (None, "medium"),
            "queue": (None, "Desk"),
        }
    ]


def test_a_later_row_changes_only_what_differs_to_nothing_included(tmp_path: Path) -> None:
    rows, _ = read_lines(tmp_path, row(owner="Ann"), row(updated="2024-05-01 09:00"), row(state="Work", impact="H"))
    assert changes(rows, {})[1:] == [
        {"technician": ("Ann", None)},
        {"status": ("New", "Work"), "impact": ("medium", "high")},
    ]


def test_an_equal_row_changes_nothing(tmp_path: Path) -> None:
    rows, _ = read_lines(tmp_path, row(), row(), using=mapping(("no-events", "events")))
    assert changes(rows, {})[1] == {}


def activities(folder: Path, *names: str) -> list[RowRead]:
    lines = [f"C1,{name},Ann,2024/05/01 08:00:00.000,Acme,Mail,Desk" for name in names]
    return read(open_log(write(folder, *lines, header=ACTIVITY_HEADER), ACTIVITIES))[0]


def test_an_activity_without_a_class_changes_no_status_except_first(tmp_path: Path) -> None:
    rows = activities(tmp_path, "Assign seriousness", "Wait", "Assign seriousness", "Wait", "Closed")
    assert [c.get("status") for c in changes(rows, {})] == [
        (None, "Assign seriousness"),
        ("Assign seriousness", "Wait"),
        None,
        None,
        ("Wait", "Closed"),
    ]
    assert (class_of(None, rows[0]), class_of({}, rows[2])) == ("new", "none")
