"""`desk status-page replay`: a year and a half of real polls, judged by counting over the raw documents."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from desk_deploy.cli import app
from desk_deploy.cli.error_messages import Failure
from desk_deploy.cli.standalone.status_page import Replay, replayed

Raw = list[tuple[str, dict[str, Any] | None]]
NAME = "statuspage_polls.dev.jsonl.gz"


@pytest.fixture(scope="module")
def polls() -> Path:
    """The recording, which is not part of the project."""
    named = os.environ.get("DESKSTREAM_DATA")
    roots = [Path(named)] if named else [parent / "shared" / "data" for parent in Path(__file__).resolve().parents]
    file = next((root / NAME for root in roots if (root / NAME).is_file()), None)
    if file is None:
        pytest.skip(f"no {NAME}: set DESKSTREAM_DATA or place shared/data beside the project")
    return file


@pytest.fixture(scope="module")
def raw(polls: Path) -> Raw:
    """(time, whole summary or None) of every poll, in order."""
    with gzip.open(polls, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    found: Raw = []
    for row in rows:
        body = row.get("summary")
        whole = isinstance(body, dict) and {"page", "status", "incidents"} <= body.keys()
        found.append((row["observed_at"].replace("+00:00", "Z"), body if whole else None))
    return found


@pytest.fixture(scope="module")
def answer(polls: Path) -> Replay:
    return replayed(polls)


def appearances(raw: Raw, key: str) -> Iterator[tuple[str, dict[str, Any] | None]]:
    """(time, the incident's document or None where it is absent) of every whole poll."""
    for at, body in raw:
        if body is not None:
            yield at, next((one for one in body["incidents"] if one["id"] == key), None)


def test_polls_and_unknown_polls_are_counted(raw: Raw, answer: Replay) -> None:
    assert (answer["polls"], answer["unknown"]) == (len(raw), sum(body is None for _, body in raw))
    assert answer["polls"] > answer["unknown"] > 0


def test_every_incident_of_the_recording_is_known_once_in_the_order_of_its_first_poll(raw: Raw, answer: Replay) -> None:
    order: list[str] = []
    for _, body in raw:
        order += [one["id"] for one in (body or {"incidents": []})["incidents"] if one["id"] not in order]
    assert [one["id"] for one in answer["incidents"]] == order
    assert len(order) > 100


def test_first_last_and_vanished_are_the_polls_that_a_count_finds(raw: Raw, answer: Replay) -> None:
    for known in answer["incidents"]:
        whole = list(appearances(raw, known["id"]))
        there = [place for place, (_, document) in enumerate(whole) if document is not None]
        after = whole[there[-1] + 1 :]
        assert known["first_seen"] == whole[there[0]][0]
        assert known["last_seen"] == whole[there[-1]][0]
        assert known["vanished_at"] == (after[0][0] if after else None)
        newest = whole[there[-1]][1]
        assert newest is not None and (known["name"], known["impact"]) == (newest["name"], newest["impact"])


def test_no_incident_is_resolved_because_none_was_ever_read_as_resolved(raw: Raw, answer: Replay) -> None:
    statuses = {one["status"] for _, body in raw if body for one in body["incidents"]}
    assert not statuses & {"resolved", "postmortem"}
    assert {one["resolved_at"] for one in answer["incidents"]} == {None}


def test_every_update_is_a_change_once_at_the_poll_that_first_had_it(raw: Raw, answer: Replay) -> None:
    for known in answer["incidents"]:
        first: dict[str, tuple[str, str]] = {}
        for at, document in appearances(raw, known["id"]):
            for update in (document or {"incident_updates": []})["incident_updates"]:
                first.setdefault(update["id"], (at, update["status"]))
        named = [(one["update"], (one["at"], one["status"])) for one in known["changes"] if one["update"]]
        assert sorted(named) == sorted(first.items())


def test_other_changes_are_edits_of_the_incident_or_its_return(raw: Raw, answer: Replay) -> None:
    for known in answer["incidents"]:
        edits, returns = list[str](), list[str]()
        before: dict[str, Any] | None = None
        gone = False
        for at, document in appearances(raw, known["id"]):
            if document is None:
                gone = before is not None
                continue
            if gone:
                returns.append(at)
            new = {one["id"] for one in document["incident_updates"]}
            new -= {one["id"] for one in (before or {"incident_updates": []})["incident_updates"]}
            if before and not new and document["updated_at"] > before["updated_at"]:
                edits.append(at)
            before, gone = document, False
        others = [one for one in known["changes"] if one["update"] is None]
        assert [one["at"] for one in others if one["status"] == "seen-again"] == returns
        assert [one["at"] for one in others if one["status"] != "seen-again"] == edits


def test_changes_are_in_order_and_none_is_repeated(answer: Replay) -> None:
    for known in answer["incidents"]:
        times = [datetime.fromisoformat(one["at"]) for one in known["changes"]]
        assert times == sorted(times)
        assert len({json.dumps(one) for one in known["changes"]}) == len(known["changes"])


def test_the_command_prints_one_json_object(tmp_path: Path) -> None:
    page = {"page": {"id": "p"}, "status": {"indicator": "none"}}
    incident = {"id": "i1", "name": "Mail", "status": "investigating", "impact": "none"}
    times = [f"2026-06-08T12:0{minute}:00+02:00" for minute in range(5)]
    ended = {**incident, "status": "resolved"}
    lists: list[list[dict[str, str]] | None] = [[incident], None, [], [incident], [ended]]
    file = tmp_path / "polls.jsonl"
    file.write_text(
        "".join(
            json.dumps({"observed_at": at, "summary": "" if found is None else {**page, "incidents": found}}) + "\n"
            for at, found in zip(times, lists, strict=True)
        )
    )
    result = CliRunner().invoke(app, ["status-page", "replay", str(file), "--json"])
    assert result.exit_code == 0
    assert json.loads(result.stdout) == {
        "polls": 5,
        "unknown": 1,
        "incidents": [
            {
                "id": "i1",
                "name": "Mail",
                "impact": "none",
                "first_seen": "2026-06-08T10:00:00Z",
                "last_seen": "2026-06-08T10:04:00Z",
                "changes": [
                    {"at": "2026-06-08T10:00:00Z", "status": "investigating", "update": None},
                    {"at": "2026-06-08T10:03:00Z", "status": "seen-again", "update": None},
                    {"at": "2026-06-08T10:04:00Z", "status": "resolved", "update": None},
                ],
                "vanished_at": None,
                "resolved_at": "2026-06-08T10:04:00Z",
            }
        ],
    }
    table = CliRunner().invoke(app, ["status-page", "replay", str(file)])
    assert "5 polls, 1 unknown; 1 incident" in table.stdout


def test_a_file_that_cannot_be_read_is_named_with_its_problem(tmp_path: Path) -> None:
    cut = tmp_path / "cut.jsonl.gz"
    cut.write_bytes(gzip.compress(b'{"observed_at": "2026-06-08T12:00:00Z"}\n' * 1000)[:-20])
    with pytest.raises(Failure, match=r"cut\.jsonl\.gz: the gzip file is damaged or cut off"):
        replayed(cut)
    with pytest.raises(Failure, match=r"absent\.jsonl: cannot be read"):
        replayed(tmp_path / "absent.jsonl")
    wrong = tmp_path / "wrong.jsonl"
    wrong.write_text('{"summary": {}}\n')
    with pytest.raises(Failure, match="line 1: observed_at"):
        replayed(wrong)
