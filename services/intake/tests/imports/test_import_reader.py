"""Reading a log: values of rows, their order, and the rows that are observations."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from desk_intake.imports import FileRefused, ImportedActor, open_log

from .import_examples import HEADER, changed, mapping, read, read_lines, row, write

SPLIT_STATE = (
    "columns: [state]\n  classes: {",
    'columns: [state, owner]\n  classes: {Wait: {Ann: waiting-client, "": open}, ',
)


def test_a_row_says_what_its_columns_say(tmp_path: Path) -> None:
    (read_row,), refused = read_lines(tmp_path, row(by="robot", impact="H"))
    assert refused == []
    assert (read_row.line, read_row.record, read_row.k) == (2, "A1", 0)
    assert read_row.observed_at == datetime(2024, 5, 1, 8, tzinfo=UTC)
    assert (read_row.state, read_row.status_class, read_row.client) == ("New", "new", "acme")
    assert (read_row.channel, read_row.problem, read_row.priority_seen) == ("import", "Imported", "P3")
    assert read_row.actor == ImportedActor("bot", "robot")
    assert read_row.snapshot == {
        "status": "New",
        "client": "acme",
        "impact": "high",
        "urgency": "medium",
        "queue": "Desk",
        "technician": None,
        "resolved_at": None,
        "closed_code": None,
    }


def test_what_opens_a_ticket_is_never_missing(tmp_path: Path) -> None:
    (bare,), _ = read_lines(tmp_path, row(), using=mapping(("constants: {channel: import, problem: Imported}\n", "")))
    assert (bare.channel, bare.problem) == ("import", "Imported from example-itsm")
    assert bare.opened_at == bare.observed_at
    using = mapping(("technician: owner", "opened_at: owner, problem: team"))
    (full,), _ = read_lines(tmp_path, row(owner="2024-04-30 17:00"), using=using)
    assert (full.problem, full.opened_at) == ("Desk", datetime(2024, 4, 30, 17, tzinfo=UTC))


def test_compressed_and_plain_files_read_the_same(tmp_path: Path) -> None:
    lines = [row(), row(state="Done", resolved="2024-05-01 07:00")]
    plain = read(open_log(write(tmp_path, *lines), mapping()))
    assert read(open_log(write(tmp_path, *lines, name="log.csv.gz"), mapping())) == plain


def test_who_is_listed_is_a_bot_or_an_api_and_who_is_not_a_member(tmp_path: Path) -> None:
    rows, _ = read_lines(tmp_path, row(by="robot"), row(by="sync"), row(by="ann"), row(by="?"))
    assert [r.actor and r.actor.kind for r in rows] == ["bot", "api", "member", None]


def test_a_state_without_a_class_is_kept_as_unmapped(tmp_path: Path) -> None:
    log = open_log(write(tmp_path, row(state="Limbo"), row(state="?")), mapping())
    rows, _ = read(log)
    assert [(r.state, r.status_class) for r in rows] == [("Limbo", "unmapped"), (None, "unmapped")]
    assert log.counts.unmapped == 2


def test_two_columns_together_give_the_class(tmp_path: Path) -> None:
    lines = [row(state="Wait", owner=owner) for owner in ("Ann", "?", "Bob")] + [row(owner="Bob")]
    rows, _ = read_lines(tmp_path, *lines, using=mapping(SPLIT_STATE))
    assert [r.status_class for r in rows] == ["waiting-client", "open", "unmapped", "new"]
    assert [r.state for r in rows] == ["Wait / Ann", "Wait", "Wait / Bob", "New / Bob"]


def test_any_other_second_state_has_the_class_of_the_star(tmp_path: Path) -> None:
    using = mapping(SPLIT_STATE, ('"": open', '"*": waiting-internal'))
    rows, _ = read_lines(tmp_path, row(state="Wait", owner="Bob"), row(state="Wait"), using=using)
    assert [r.status_class for r in rows] == ["waiting-internal", "waiting-internal"]


def test_columns_that_look_ahead_are_blank_until_they_are_true(tmp_path: Path) -> None:
    final = {"resolved": "2024-05-01 10:00", "closer": "fixed"}
    rows, _ = read_lines(
        tmp_path,
        row(**final),
        row(state="Fixed", updated="2024-05-01 09:59", **final),
        row(state="Work", updated="2024-05-01 10:05", **final),
        row(state="Fixed", updated="2024-05-01 11:00", **final),
        row(state="Work", updated="2024-05-01 12:00", **final),
        row(state="Done", updated="2024-05-01 13:00", **final),
    )
    at = "2024-05-01T10:00:00Z"
    assert [r.snapshot["resolved_at"] for r in rows] == [None, None, None, at, at, at]
    assert [r.snapshot["closed_code"] for r in rows] == [None, None, None, None, None, "fixed"]


def test_a_later_value_of_a_look_ahead_column_has_to_become_true_by_itself(tmp_path: Path) -> None:
    first, second = "2024-05-01 10:00", "2024-05-03 10:00"
    rows, _ = read_lines(
        tmp_path,
        row(state="Fixed", updated="2024-05-01 10:00", resolved=first),
        row(state="Work", updated="2024-05-02 10:00", resolved=second),
        row(state="Fixed", updated="2024-05-03 10:00", resolved=second),
    )
    visible = [r.snapshot["resolved_at"] for r in rows]
    assert visible == ["2024-05-01T10:00:00Z", None, "2024-05-03T10:00:00Z"]


def test_the_class_alone_decides_where_the_time_is_null(tmp_path: Path) -> None:
    rows, _ = read_lines(tmp_path, row(closer="fixed"), row(state="Done", closer="fixed"))
    assert [r.snapshot["closed_code"] for r in rows] == [None, "fixed"]


def test_equal_rows_are_no_events_unless_the_mapping_says_so(tmp_path: Path) -> None:
    lines = [row(), row("B2"), row(resolved="2024-06-01 10:00"), row(owner="Ann"), row()]
    log = open_log(write(tmp_path, *lines), mapping())
    rows, _ = read(log)
    assert [r.line for r in rows] == [2, 3, 5]
    assert log.counts.duplicates == 2
    events, _ = read_lines(tmp_path, *lines, using=mapping(("no-events", "events")))
    assert [(r.line, r.k) for r in events] == [(2, 0), (3, 0), (4, 1), (5, 0), (6, 2)]


def test_progress_ends_at_the_exact_number_of_rows(tmp_path: Path) -> None:
    log = open_log(write(tmp_path, *(row(f"N{n}") for n in range(700)), name="log.csv.gz"), mapping())
    assert (log.fraction, log.total_rows_estimate) == (0.0, 700)
    seen = [log.fraction for _ in log.rows()]
    assert seen == sorted(seen) and (log.fraction, log.total_rows_estimate) == (1.0, 700)


def test_rows_that_go_back_in_time_and_other_priorities_are_counted(tmp_path: Path) -> None:
    log = open_log(write(tmp_path, row(), row(updated="2024-04-01 08:00"), row(impact="H")), mapping())
    read(log)
    assert (log.counts.backwards, log.counts.priority_differs) == (1, 0)
    other = open_log(write(tmp_path, row().replace(",3,", ",1,"), row("B2").replace(",3,", ",9,")), mapping())
    read(other)
    assert other.counts.priority_differs == 2


def test_a_doubled_column_is_named_by_its_number(tmp_path: Path) -> None:
    path = write(tmp_path, row() + ",later", header=HEADER + ",state")
    with pytest.raises(FileRefused, match=r"'state' occurs 2 times; write state#1 or state#2"):
        open_log(path, mapping())
    rows, _ = read(open_log(path, mapping(("columns: [state]", 'columns: ["state#1"]'))))
    assert [r.state for r in rows] == ["New"]
    assert "state#1" not in changed()


def test_a_ticket_that_ends_before_it_is_opened_is_recorded_and_listed(tmp_path: Path) -> None:
    lines = (
        row("A1", "Fixed", updated="2024-05-01 07:59", resolved="?", by="2024-05-01 08:00"),
        row("A2", "Fixed", updated="2024-05-01 09:00", resolved="2024-05-01 07:30", by="2024-05-01 08:00"),
        row("A3", "Fixed", updated="2024-05-01 08:00", resolved="2024-05-01 08:00", by="2024-05-01 08:00"),
        row("A4", "Work", updated="2024-05-01 09:00", resolved="2024-05-01 07:30", by="2024-05-01 08:00"),
    )
    opened = mapping(("observed_at: updated,", "observed_at: updated, opened_at: by,"))
    log = open_log(write(tmp_path, *lines), opened)
    assert [r.record for r in read(log)[0]] == ["A1", "A2", "A3", "A4"]
    assert log.counts.before_opening == [2, 3]
    assert [r.record for r in read(log)[0]] and log.counts.before_opening == [2, 3]
