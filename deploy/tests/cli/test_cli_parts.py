"""Parts of the command line without a desk: batches, draining, answers."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args
from uuid import UUID

import httpx
import msgspec
import pytest

from desk.http.admin.operation_responses import CallStop, ParkedFact, ParkedFacts
from desk.http.admin.status_responses import ServiceStatus
from desk.http.commands.command_answer import CommandAnswer
from desk.outbox.call_kind_names import EFFECT_KINDS
from desk.policies.book import PolicyBook
from desk_deploy.cli.admin import operations
from desk_deploy.cli.admin.effects import Kind
from desk_deploy.cli.admin.observe_only import would_write
from desk_deploy.cli.admin.operations import _status_rows, stop_lines
from desk_deploy.cli.admin.tokens import duration
from desk_deploy.cli.client import Desk
from desk_deploy.cli.error_messages import Failure
from desk_deploy.cli.history.batches import BYTES, batches
from desk_deploy.cli.history.draining import wait_until_drained
from desk_deploy.cli.history.import_run import ImportResult
from desk_deploy.cli.history.import_summary import show_summary
from desk_deploy.cli.options import ServiceName
from desk_deploy.cli.output import counted, printable
from desk_deploy.cli.sla import due
from desk_intake.imports import RowRead, RowRefused, load_mapping
from desk_intake.psa.write_back.psa_call_kinds import PsaCallKinds

SERVICES = ("intake", "triage", "sla", "billing", "docs")
STATUS: dict[str, object] = {
    "service": "intake",
    "own": 1,
    "heard": 2,
    "lag": {},
    "parked": 0,
    "oldest_parked": None,
    "effects": {},
    "last": 3,
    "unread": 0,
    "dropped": 0,
    "drained": True,
    "open_calls": 0,
    "at_rest": True,
    "stops": [],
    "keys": {"missing": 0, "facts": 0, "abandoned": 0, "erased": 0, "erased_again": 0},
}
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def row(line: int, problem: str = "p") -> RowRead:
    return RowRead(
        line=line,
        record="r",
        row_hash="00",
        k=0,
        observed_at=NOW,
        status_class="new",
        first_class="new",
        client="c",
        snapshot={"status": "New"},
        opened_at=NOW,
        channel="phone",
        problem=problem,
    )


def test_batches_keep_the_order_and_stay_small_in_rows_and_bytes() -> None:
    mapping = load_mapping("helpdesk-activity-log")
    refused: list[RowRefused] = []
    bad = RowRefused(7, "at", "no time", "write one")
    rows: list[RowRead | RowRefused] = [
        *(row(n) for n in range(1, 1202)),
        bad,
        row(1300, "x" * (BYTES // 2)),
        row(1301, "y" * (BYTES // 2)),
    ]
    made = list(batches([*rows, row(1302, "z" * BYTES)], mapping, refused))
    lines = [r["line"] for batch in made for r in msgspec.json.decode(batch.body)["rows"]]
    assert lines == [*range(1, 1202), 1300, 1301]
    assert [batch.rows for batch in made] == [500, 500, 202, 1]
    assert all(len(batch.body) < 1_000_000 for batch in made)
    assert [(r.line, r.field) for r in refused] == [(7, "at"), (1302, "row")]


def status(last: int, lag: int = 0) -> dict[str, Any]:
    return {**STATUS, "own": last, "heard": 0, "last": last, "lag": {"x": lag}, "drained": lag == 0, "parked": 1}


def desk(answers: list[Any]) -> Desk:
    """A desk whose services give these answers, one round after the other; the last one for ever."""
    asked = {"n": 0}

    def answer(_request: httpx.Request) -> httpx.Response:
        turn = min(asked["n"] // len(SERVICES), len(answers) - 1)
        asked["n"] += 1
        found = answers[turn]
        return found if isinstance(found, httpx.Response) else httpx.Response(200, json=found)

    return Desk("http://desk", "token", httpx.MockTransport(answer))


def test_drained_is_nothing_under_way_twice_in_a_row_with_nothing_new(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("desk_deploy.cli.history.draining.PAUSE", 0)
    told: list[int] = []
    with desk([status(1, lag=3), status(2), status(3), status(3)]) as given:
        found = wait_until_drained(given, told.append)
    assert told == [15, 0, 0, 0]
    assert found is not None and found["sla"].last == 3


def test_who_does_not_drain_in_time_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("desk_deploy.cli.history.draining.PAUSE", 0)
    with desk([status(1, lag=1)]) as given:
        assert wait_until_drained(given, patience=0.01) is None


def test_withheld_calls_are_said_in_words(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    row = {
        "id": str(UUID(int=1)), "at": "2026-03-02T09:00:00Z", "ticket_id": "t", "instance": "cw", "record": "5",
        "board": "1", "client": "acme", "needs": "fields", "permits": "nothing", "cause": None, "number": 7,
        "why": "off",
    }  # fmt: skip
    rows = [
        {**row, "kind": "psa-sync", "what": {"fields": {"technician": "mlopez", "summary": None}}},
        {**row, "kind": "psa-note", "what": {"note": "internal", "of": "note-added"}},
        {**row, "kind": "psa-create", "what": {"record": "new"}},
    ]
    given = desk([{"items": rows, "next": None}])
    monkeypatch.setattr("desk_deploy.cli.admin.observe_only.readable", lambda _data: given)
    would_write(data=Path())
    said = capsys.readouterr().out
    for words in ("write technician = mlopez, summary", "internal note (note-added)", "create the record"):
        assert words in said


def test_a_refusal_is_told_with_title_detail_remedy_and_what_is_missing() -> None:
    missing = [{"gate": "caller", "owner": "intake", "remedy": "verify the caller"}]
    problem = {"title": "Gates are open", "detail": "2 gates", "remedy": "Meet them.", "code": "gates_open"}
    with desk([httpx.Response(409, json={**problem, "missing": missing})]) as given, pytest.raises(Failure) as refused:
        given.run("/triage/tickets/x/resolve", CommandAnswer)
    assert str(refused.value) == "Gates are open. 2 gates. Meet them.\n  caller (intake): verify the caller"
    assert refused.value.code == "gates_open"


def test_an_answer_that_is_no_problem_document_is_said_so() -> None:
    with desk([httpx.Response(502, text="<html>")]) as given, pytest.raises(Failure, match="502"):
        given.get("/triage/status")


def test_lines_are_whole_whatever_the_chunks() -> None:
    answer = httpx.Response(200, stream=httpx.ByteStream(b'{"a":1}\n{"b":2}\n{"c":3}'))
    with desk([answer]) as given, given.lines("/triage/exports/facts") as lines:
        assert list(lines) == [b'{"a":1}', b'{"b":2}', b'{"c":3}']


def test_text_from_outside_cannot_move_the_cursor() -> None:
    assert printable("a\x1b[2Jb\nc") == "a [2Jb c"
    assert printable({"k": "ü"}) == '{"k": "ü"}'


def test_durations_are_read() -> None:
    assert (duration("8h"), duration("30m"), duration("7d")) == (
        timedelta(hours=8),
        timedelta(minutes=30),
        timedelta(7),
    )


def standing(**changes: Any) -> ServiceStatus:
    """A service's status as the API answers it."""
    return msgspec.convert({**STATUS, **changes}, ServiceStatus)


def test_a_service_is_not_drained_while_calls_are_open() -> None:
    assert _status_rows(standing())[-1] == "yes"
    assert _status_rows(standing(at_rest=False, open_calls=3))[-1] == "no: 3 outbound calls open"
    assert _status_rows(standing(at_rest=False))[-1] == "no"


def test_a_stop_is_one_line_with_the_services_that_have_it() -> None:
    stop = CallStop("psa-note", "")
    lines = stop_lines({"intake": [stop, CallStop("", "acme")], "docs": [stop]})
    assert lines == [
        "outbound calls stopped: kind psa-note, client all, in intake, docs",
        "outbound calls stopped: kind all, client acme, in intake",
    ]


def test_the_help_of_a_stop_names_the_kinds_that_services_plan() -> None:
    kinds = PsaCallKinds(dict, PolicyBook()).kinds()
    assert {kind.vendor for kind in kinds} == {"psa"}
    planned = {kind.name for kind in kinds}
    assert planned == set(EFFECT_KINDS)
    assert all(kind in get_args(Kind)[1].help for kind in planned)


def parked_fact(number: int) -> ParkedFact:
    return ParkedFact(
        id=number, number=number, aggregate="tickets:T1", cause="gap", detail="owner docs", owner="docs", ownerseq=4,
        event_id=None, parked=datetime(2026, 3, 2, 9, tzinfo=UTC), tries=1, state="waiting", reason="",
        topic="desk.tickets.v1", key="T1",
    )  # fmt: skip


def serving(monkeypatch: pytest.MonkeyPatch, body: bytes) -> None:
    """A desk whose services all answer so."""
    transport = httpx.MockTransport(lambda _request: httpx.Response(200, content=body))
    monkeypatch.setattr(operations, "required", lambda _data: Desk("http://desk", "token", transport))


def test_parked_facts_are_listed_by_the_number_that_commands_take(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    serving(monkeypatch, msgspec.json.encode(ParkedFacts([parked_fact(12)])))
    operations.parked_list(ServiceName("sla"), Path("x"), False)
    line = capsys.readouterr().out.splitlines()[-1].split()
    assert line[:3] == ["sla:12", "tickets:T1", "gap"]
    operations.parked_list(ServiceName("sla"), Path("x"), True)
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["service"], row["number"], row["parked"]) == ("sla", 12, "2026-03-02T09:00:00Z")


def test_an_answer_without_the_number_is_a_failure_and_not_a_row_that_says_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fields = msgspec.to_builtins(parked_fact(12))
    del fields["number"]
    serving(monkeypatch, msgspec.json.encode({"items": [fields]}))
    with pytest.raises(Failure, match=r"/sla/parked is not understood: .*`number`.*use the command line of the desk's"):
        operations.parked_list(ServiceName("sla"), Path("x"), False)


def test_a_summary_keeps_labels_apart_from_figures(capsys: pytest.CaptureFixture[str]) -> None:
    result = ImportResult("log.csv", "m", "s", rows=2000, tickets={"cancelled": 1}, parked={"sla": 3})
    result.before_opening = [3, 8]
    show_summary(result, as_json=False)
    lines = dict(re.split(r"\s{2,}", line.strip(), maxsplit=1) for line in capsys.readouterr().out.splitlines())
    assert (lines["rows read"], lines["tickets cancelled"]) == ("2,000", "1")
    assert lines["before opening"].startswith("2 (recorded") and lines["before opening"].endswith(": line 3, 8")
    assert lines["facts parked in sla"].startswith("3;")
    assert "--no-wait" in lines["all services drained after"]


def test_a_number_is_printed_with_its_unit() -> None:
    assert [counted(n, "key") for n in (0, 1, 2000)] == ["0 keys", "1 key", "2,000 keys"]


def test_seconds_are_printed_as_a_duration(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    texts = ("ticket_id", "source_record", "client", "priority", "queue", "technician", "clock", "state")
    clock = {
        **dict.fromkeys(texts, "x"),
        "cycle": 1,
        "starts_at": "2026-03-02T09:00:00Z",
        "due": "2026-03-02T10:00:00Z",
    }
    given = desk([{"items": [{**clock, "left": 866}, {**clock, "left": None}], "next": None}])
    monkeypatch.setattr("desk_deploy.cli.sla.readable", lambda _data: given)
    due(data=Path())
    printed = capsys.readouterr().out
    assert "time left" in printed and "14m26s" in printed
