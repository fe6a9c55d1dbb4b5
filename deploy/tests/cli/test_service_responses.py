"""Responses of services: the bytes that routes wrote as dictionaries, and the JSON that the command line prints."""

from __future__ import annotations

import json
from typing import Any

import httpx
import msgspec
import pytest

from desk.http.app.responses import json_response
from desk.http.reads.page import Page
from desk.http.reads.ticket_responses import TicketDocument, TicketRow, TimelineDocument
from desk_deploy.cli.client import Desk
from desk_deploy.cli.output import fields_of, show_json
from desk_intake.responses import Reconciled, TicketReconciled, WithheldCall
from desk_sla.responses import AgedBreach, DueClockLeft, WhatIfAnswer
from desk_triage.responses import WouldRefuse

AT, LATER = "2026-03-02T09:00:00Z", "2026-03-02T10:15:00.250000Z"
ID = "00000000-0000-0000-0000-000000000001"
TICKET = {
    "ticket_id": ID,
    "source": "cw",
    "source_record": "4711",
    "kind": "incident",
    "origin": "live",
    "status": "triaged",
    "client": "acme",
    "contact": None,
    "opened_at": AT,
    "resolved_at": None,
    "closed_at": None,
    "cycle": 1,
    "reopen_count": 0,
    "reassignment_count": 2,
    "impact": None,
    "urgency": None,
    "priority": "P2",
    "queue": "Servicedesk",
    "technician": None,
    "flags": ["contested"],
    "updated_at": LATER,
}
PAUSE = {"cause": "waiting", "cause_id": "w1", "begun": AT, "ended": None}
VERDICT = {"id": ID, "kind": "met", "at": AT, "elapsed": 60, "due": LATER, "rev": 1, "undone_by": None}
CLOCK = {
    "clock": "resolution",
    "cycle": 1,
    "starts_at": AT,
    "due": None,
    "seconds": 3600,
    "rev": 1,
    "pauses": [PAUSE],
    "thresholds": [[75, 1]],
    "verdicts": [VERDICT],
    "cancelled": None,
    "extensions": ["vendor"],
}
DOCUMENT: dict[str, Any] = {
    "ticket_id": ID,
    "status": "triaged",
    "cycle": 1,
    "flags": [],
    "kind": "incident",
    "origin": "live",
    "source": "cw",
    "source_record": "4711",
    "url": "https://psa.example/4711",
    "client": "acme",
    "contact": None,
    "problem": "Drucker „Nord“ druckt nicht",
    "symptom": None,
    "opened_at": AT,
    "impact": None,
    "urgency": None,
    "priority": None,
    "queue": None,
    "technician": None,
    "device": None,
    "waits": {"w1": "vendor"},
    "attempt": 1,
    "resolved_at": None,
    "reopen_count": 0,
    "reassignment_count": 0,
    "clocks": [CLOCK],
    "obligations": [{"what": "time", "cycle": 1, "owner": "billing", "due": LATER, "state": "overdue"}],
    "write_back": {"instance": "cw", "level": "notes", "says": "notes only"},
    "undelivered_replies": [{"message": "m1", "reason": "write_back_off"}],
    "open_gates": [{"gate": "caller", "owner": "intake", "remedy": "verify the caller"}],
    "seen": {"intake": 3, "triage": 1},
}
ERASED = {"unreadable": "erased", "key": "k1"}
FACT = {
    "id": ID,
    "type": "desk.intake.ticket-opened.v1",
    "time": AT,
    "recordedtime": LATER,
    "owner": "intake",
    "ownerseq": 1,
    "actor": "human:jdoe",
    "mode": "process",
    "cycle": None,
    "attempt": None,
    "cause": None,
    "data": {"client": "acme", "problem": ERASED, "nested": {"z": [1.5, None], "a": True}},
}
CAUSED = {**FACT, "cycle": 1, "attempt": 1, "cause": {"id": ID, "type": None}}
BREACH = {
    "verdict": ID,
    "ticket_id": ID,
    "source_record": "4711",
    "client": "acme",
    "priority": None,
    "queue": None,
    "technician": None,
    "clock": "response",
    "cycle": 1,
    "breached_at": AT,
    "due": AT,
    "elapsed": 900,
    "code": None,
    "owner": None,
    "explained_at": None,
    "age": 86400,
    "explained": False,
}
DUE = {
    "ticket_id": ID,
    "source_record": None,
    "client": "acme",
    "priority": "P1",
    "queue": "Network",
    "technician": None,
    "clock": "resolution",
    "cycle": 2,
    "state": "running",
    "starts_at": AT,
    "due": LATER,
    "left": -5,
}
ATTAINED = {"met": 2, "breached": 1, "open": 0, "attainment": 66.66}
NONE = {"met": 0, "breached": 0, "open": 3, "attainment": None}
DIFFERING = {
    "ticket_id": ID,
    "source_record": None,
    "clock": "response",
    "cycle": 1,
    "recorded": "met",
    "what_if": "breached",
    "why": "recorded target 1h",
}
WHAT_IF = {
    "policy": "gold",
    "tickets": 3,
    "groups": [{"client": "acme", "priority": None, "clock": "response", "recorded": ATTAINED, "what_if": NONE}],
    "differ": 1,
    "differing": [DIFFERING],
}
UNREADABLE = {"row": "t9", "reason": "due is infinity", "remedy": "rebuild"}
WITHHELD = {
    "id": ID,
    "at": AT,
    "ticket_id": ID,
    "instance": "cw",
    "record": None,
    "board": "1",
    "client": "acme",
    "kind": "psa-note",
    "what": {"of": "note-added", "note": "internal"},
    "needs": "notes",
    "permits": "nothing",
    "cause": None,
    "number": 12,
    "why": "write-back permits nothing for cw, board 1, client acme; this needs notes",
}
GROUP = {"gate": "caller", "client": "acme", "technician": "jdoe", "count": 2, "contested": 1}
WOULD_REFUSE = {
    "days": 30,
    "from": AT,
    "to": LATER,
    "ends": 1,
    "refusals": 2,
    "by_gate": {"caller": 2},
    "by_client": {"acme": 2},
    "by_technician": {"jdoe": 2},
    "groups": [GROUP],
}
ALL = {"instances": ["cw"], "read": 4, "changed": 3, "missing": 0, "failed": 1}
DIFFERENCE = {"field": "queue", "ours": "Network", "theirs": None, "owner": "triage", "last_writer": "jdoe"}
ONE = {"ticket": ID, "record": "4711", "changed": 1, "stopped": None, "gone": False, "differences": [DIFFERENCE]}
RELEASED = {"ticket": ID, "record": "4711", "changed": 0, "released": True, "stopped": "queue", "gone": True}
RESPONSES = [
    (TicketRow, TICKET),
    (TicketDocument, DOCUMENT),
    (TicketDocument, {**DOCUMENT, "problem": ERASED, "write_back": None, "clocks": [], "opened_at": None}),
    (TimelineDocument, {"subject": ID, "items": [FACT, CAUSED]}),
    (AgedBreach, BREACH),
    (AgedBreach, {**BREACH, "code": "workload", "owner": "lead", "explained_at": LATER, "explained": True}),
    (DueClockLeft, DUE),
    (DueClockLeft, {**DUE, "due": None, "left": None}),
    (WhatIfAnswer, WHAT_IF),
    (WhatIfAnswer, {**WHAT_IF, "unreadable": [UNREADABLE]}),
    (WithheldCall, WITHHELD),
    (WithheldCall, {**WITHHELD, "what": {"fields": {"queue": "Network", "summary": None}}, "cause": ID}),
    (WouldRefuse, WOULD_REFUSE),
    (Reconciled, ALL),
    (Reconciled, {**ALL, "interrupted": {"cw": ["notes"]}}),
    (TicketReconciled, ONE),
    (TicketReconciled, {**RELEASED, "differences": []}),
]


@pytest.mark.parametrize(("shape", "before"), RESPONSES)
def test_a_response_has_the_fields_order_and_bytes_that_it_had(shape: Any, before: dict[str, Any]) -> None:
    written = json_response(msgspec.convert(before, shape, strict=True)).body
    assert written == json_response(before).body
    assert msgspec.json.decode(written) == before


@pytest.mark.parametrize(("shape", "before"), RESPONSES)
def test_json_output_is_that_of_the_dictionary(
    shape: Any, before: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    read = msgspec.json.decode(json.dumps(before), type=shape)
    for value in ([read], fields_of(read)):
        show_json(value)
    assert capsys.readouterr().out == "".join(
        json.dumps(value, indent=2, ensure_ascii=False) + "\n" for value in ([before], before)
    )


def test_a_list_is_read_page_by_page_and_its_unreadable_rows_are_reported(capsys: pytest.CaptureFixture[str]) -> None:
    pages = {
        "/triage/tickets?limit=200": {"items": [TICKET], "next": "/triage/tickets?limit=200&cursor=c1"},
        "/triage/tickets?limit=200&cursor=c1": {
            "items": [{**TICKET, "source_record": "4712"}],
            "next": None,
            "unreadable": [UNREADABLE],
        },
    }

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=pages[request.url.raw_path.decode()])

    with Desk("http://desk", "token", httpx.MockTransport(answer)) as desk:
        found = list(desk.pages("/triage/tickets", Page[TicketRow]))
    assert [row.source_record for row in found] == ["4711", "4712"]
    assert capsys.readouterr().err == "t9 cannot be read: due is infinity: rebuild\n"
