"""No command that says something else than what is recorded is answered as if it had been recorded.

Every command of every service is sent twice, the second time with other content: it records a fact or is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

import pytest
from msgspec.structs import replace

from desk.contract.event import Draft, Payload
from desk.contract.streams.client import Client, Device
from desk.contract.streams.incident import Incident
from desk.contract.streams.person import Contact, Person
from desk.contract.ticket.billing import facts as b
from desk.contract.ticket.billing.slice import set_hash
from desk.contract.ticket.docs import facts as f
from desk.contract.ticket.docs.documentation import DocumentationSearched, Hit
from desk.contract.ticket.intake.conversation import ClientReplied, ReplySent
from desk.contract.ticket.sla import facts as s
from desk.contract.ticket.triage import diagnosis as dx
from desk.contract.ticket.triage import ends as en
from desk.contract.ticket.triage import escalation as es
from desk.decision.command import Command, TicketBody, decide
from desk.decision.reads import Found
from desk.testing import controls as c
from desk.testing.given import Outcome, Story
from desk_billing.commands import COMMANDS as BILLING
from desk_docs.commands import COMMANDS as DOCS
from desk_intake.commands import COMMANDS as INTAKE
from desk_sla.commands import COMMANDS as SLA
from desk_triage.commands import COMMANDS as TRIAGE

COMMANDS: dict[str, Command] = {one.name: one for one in (*INTAKE, *TRIAGE, *SLA, *BILLING, *DOCS)}
ACME = Client(
    revision="1",
    active=True,
    devices={c.DEVICE: Device(1, {}, "workstation"), "device-2": Device(1, {}, "workstation")},
)
PAT = Contact(revision="1", client=c.CLIENT, active=True)
OUTAGE = Incident(state="open", episode=1)
STATES: dict[str, object] = {
    c.CLIENT: ACME,
    c.CONTACT: Person(contact=PAT),
    "contact-boss": Person(contact=replace(PAT, revision="9")),
    "other": Story().given(c.opening()).ticket,
    "third": Story().given(c.opening()).ticket,
    "outage": OUTAGE,
    "another": OUTAGE,
}
ANSWERS: dict[str, object] = {"open_tickets": (), "destination": None, "named_devices": (), "overlapping": ()}
ALL_ROLES = "2 DI CO BI AD"
BREACH = UUID(int=7)


class Case(NamedTuple):
    """The facts before, the first body, and what the second says instead."""

    before: Callable[[], Story]
    first: Mapping[str, Any]
    others: tuple[Mapping[str, Any], ...]


def told(*facts: Payload | Draft) -> Callable[[], Story]:
    return lambda: Story().given(*c.ready_for_work(), *facts)


def in_attempt(fact: Payload) -> Draft:
    return Draft(data=fact, cycle=1, attempt=1)


def worked() -> Story:
    start, end, money = c.NOW - timedelta(minutes=31), c.NOW - timedelta(minutes=1), Decimal(50)
    labour = b.Labour(technician="tess", start=start, end=end, minutes=30, role="r", work_type="", source="desk")
    line = b.RatedLine(
        minutes=30,
        charged=30,
        billing_class="billable",
        rule="r",
        rate=money,
        amount=money,
        list_value=money,
        currency="EUR",
        calendar="",
    )
    rated = b.TimeRated(entry="e1", rev=1, rating=1, lines=(line,))
    return told(b.TimeLogged(entry="e1", rev=1, labour=labour), rated)()


REPLY = ReplySent(message="m1", author="human", audience="public", to_requester=True, channel="psa")
HIT = Hit(hit="h1", source="glue", external="1", title="t", kind="document", url="")
SEARCHED = DocumentationSearched(search="s1", client=c.CLIENT, query="q", sources=("glue",), hits=(HIT,))
GAP, FOLLOW_UP = (
    f.RunbookGapRaised(gap="g1", kind="missing", basis="b"),
    f.FollowUpRaised(follow_up="u1", kind="licence", owner="tess", due=c.NOW),
)
FIX = in_attempt(c.fixed())
CHANGES = dx.DeviceChangesCollected(snapshot="s1", device=c.DEVICE, changes=(), source="ninja")
FOUND = dx.EndpointSecurityCollected(snapshot="s1", device=c.DEVICE, state="found", detections=("d1",))
PAGE = es.PageRequested(page="p1", level=1, schedule="s", reason="at-risk")
STARTED = Draft(data=s.ClockStarted(clock="response", starts_at=c.NOW, due=c.NOW, seconds=1), cycle=1)
BREACHED = Draft(data=s.ClockBreached(clock="response", at=c.NOW, elapsed=1, due=c.NOW, rev=1), cycle=1, id=BREACH)
UNWORKED = Draft(
    data=b.TimeConfirmed(set_hash=set_hash(()), by="tess", split=b.BillableSplit(), zero_reason="goodwill"), cycle=1
)
RESOLUTION: dict[str, Any] = {"root_cause": "worn out cable", "actions": ["replaced the cable 7"], "symptom": "x"}
REPRODUCED: dict[str, Any] = {"result": "not", "on_profile": True, "on_network": True, "on_permissions": True}

CASES: dict[str, Case] = {
    "restate-problem": Case(told(), {"statement": "VPN is slow"}, ({"statement": "VPN is gone"},)),
    "change-kind": Case(told(), {"kind": "request", "reason": "r"}, ({"kind": "alert"},)),
    "split": Case(told(), {"problem": "printer"}, ({"problem": "scanner"},)),
    "merge": Case(told(), {"root": "other", "reason": "a"}, ({"root": "third"},)),
    "adopt-ticket": Case(
        lambda: Story(origin="import").given(c.opening()), {"cut_over": c.NOW}, ({"cut_over": c.NOW - timedelta(1)},)
    ),
    "verify-caller": Case(
        lambda: Story().given(c.opening()),
        {"contact": c.CONTACT, "method": "manager", "approved_by": "contact-boss"},
        ({"method": "match"}, {"contact": "contact-boss"}),
    ),
    "reject-caller": Case(
        told(),
        {"claimed": "Kim", "reason": "unknown"},
        ({"claimed": "Lee"}, {"reason": "terminated"}, {"contact": "k"}),
    ),
    "replace-caller": Case(told(), {"contact": "contact-boss"}, ({"contact": c.CONTACT},)),
    "link-asset": Case(
        lambda: Story().given(c.opening()), {"device": c.DEVICE, "upn": "a@x"}, ({"upn": "b@x"}, {"device": "device-2"})
    ),
    "waive-asset": Case(
        lambda: Story().given(c.opening()), {"reason": "cloud-service"}, ({"reason": "device-unreachable"},)
    ),
    "reply": Case(told(), {"text": "a"}, ({"text": "b"},)),
    "note": Case(told(), {"text": "a"}, ({"text": "b"},)),
    "assess-priority": Case(
        told(), {"impact": "high", "urgency": "high", "evidence": "a"}, ({"evidence": "b"}, {"urgency": "low"})
    ),
    "override-priority": Case(told(), {"priority": "P2", "reason": "a"}, ({"reason": "b"}, {"priority": "P3"})),
    "queue": Case(told(), {"queue": "Network"}, ({"queue": "Service Desk"},)),
    "assign": Case(told(), {"technician": "tess"}, ({"technician": "tom"},)),
    "check-known-incidents": Case(told(), {"source": "s", "result": "clear"}, ({"result": "unknown"},)),
    "open-session": Case(
        told(), {"tool": "a", "with_user": True, "session": "s1"}, ({"tool": "b"}, {"with_user": False})
    ),
    "record-reproduction": Case(told(), {**REPRODUCED, "steps": "a", "observed": "b"}, ({"steps": "c"},)),
    "review-changes": Case(told(CHANGES), {"snapshot": "s1"}, ({"suspects": (0,)},)),
    "review-security": Case(
        told(FOUND), {"snapshot": "s1", "verdicts": {"d1": "cause"}}, ({"verdicts": {"d1": "unrelated"}},)
    ),
    "record-diagnostic": Case(told(), {"what": "a", "result": "b"}, ({"result": "c"},)),
    "rule-out": Case(told(), {"cause": "a", "why": "b"}, ({"why": "c"},)),
    "escalate": Case(
        told(dx.DiagnosticRecorded(entry="e1", what="a", result="b")),
        {"symptom": "a", "steps": "b", "none_ruled_out": "c"},
        ({"symptom": "d"}, {"steps": "d"}, {"none_ruled_out": "d"}),
    ),
    "return-escalation": Case(
        told(es.Escalated(number=1, to="Network", symptom="a", steps="b", diagnostics=(), ruled_out=())),
        {"reason": "a"},
        ({"reason": "b"},),
    ),
    "link-incident": Case(told(), {"incident": "outage"}, ({"relation": "related"}, {"incident": "another"})),
    "wait": Case(told(), {"on": "vendor", "reference": "a"}, ({"reference": "b"}, {"vendor": "carrier"})),
    "start-fix": Case(told(c.verified(challenge="2", level=2)), {}, ({"privileged": True}, {"asset_class": "printer"})),
    "record-fix": Case(
        told(), {"what": "a"}, ({"what": "b"}, {"where": "b"}, {"user_present": True}, {"privileged": True})
    ),
    "revert-fix": Case(told(FIX), {"why": "a"}, ({"why": "b"},)),
    "verify-fix": Case(told(FIX), {"how": "observed", "where": "on-site"}, ({"where": "monitor"},)),
    "fail-verification": Case(
        told(FIX), {"what_failed": "a", "seen_by": "p"}, ({"what_failed": "b"}, {"seen_by": "q"}, {"route": "tier2"})
    ),
    "check-monitoring": Case(
        told(FIX), {"source": "s", "result": "alert", "alert": "a", "what": "b"}, ({"alert": "c"},)
    ),
    "waive-verification": Case(told(FIX), {"reason": "user-left"}, ({"reason": "device-retired"},)),
    "judge-page": Case(told(PAGE), {"page": "p1", "verdict": "needed"}, ({"verdict": "unneeded"},)),
    "cancel": Case(told(), {"reason": "spam"}, ({"reason": "withdrawn"},)),
    "reopen": Case(told(c.resolved()), {"cause": "client", "notes": "a"}, ({"notes": "b"},)),
    "judge-reply": Case(
        told(c.resolved(), ClientReplied(message="m2")),
        {"message": "m2", "verdict": "acknowledged"},
        ({"verdict": "reopen"},),
    ),
    "explain-breach": Case(
        told(STARTED, BREACHED),
        {"verdict": BREACH, "code": "vendor", "owner": "a"},
        ({"owner": "b"}, {"code": "skill"}, {"note": "n"}),
    ),
    "move-time": Case(worked, {"entry": "e1", "other": "other"}, ({"other": "third"},)),
    "record-invoice": Case(worked, {"invoice": "I-1", "entries": ("e1",)}, ({"invoice": "I-2"},)),
    "judge-hit": Case(told(Draft(data=SEARCHED, cycle=1)), {"hit": "h1", "helped": True}, ({"helped": False},)),
    "document-resolution": Case(told(FIX), {**RESOLUTION, "none_found": True}, ({"symptom": "y"},)),
    "raise-runbook-gap": Case(told(), {"kind": "a", "basis": "b"}, ({"basis": "c"},)),
    "update-runbook-gap": Case(
        told(GAP), {"gap": "g1", "document": "a", "revision": "1"}, ({"document": "b"}, {"revision": "2"})
    ),
    "waive-runbook-gap": Case(told(GAP), {"gap": "g1", "reason": "one-off"}, ({"reason": "documented-elsewhere"},)),
    "raise-follow-up": Case(told(), {"kind": "a", "owner": "b", "due": c.NOW}, ({"owner": "c"},)),
    "close": Case(told(en.Cancelled(reason="spam"), UNWORKED), {"code": "spam"}, ({"code": "withdrawn"},)),
}

EXEMPT: dict[str, str] = {
    "open-ticket": "its id is the command's: other content is another ticket",
    "clear-caller-hold": "the reason belongs to a hold, and there is none any more",
    "unlink-asset": "the reason belongs to a link, and there is none any more",
    "unmerge": "the reason belongs to a merge, and there is none any more",
    "unlink-incident": "the reason belongs to a link, and there is none any more",
    "resume": "it names what it ends, which has ended",
    "end-session": "it names what it ends, which has ended",
    "extend-target": "a second extension is refused, whatever it says",
    "log-time": "other labour is another entry, and labour that overlaps is refused",
    "correct-time": "an unchanged entry is judged field by field, and any other is recorded",
    "accept-time": "the entry is live: there is nothing that the reason could be about",
    "rate-by-hand": "other lines are recorded; the reason belongs to lines, and they are the same",
    "confirm-time": "the confirmed set stands for itself; a reason for none is refused while there is time",
    "write-off": "an amount is written off once: there is nothing left that the reason could be about",
    "search-docs": "every search is an act of its own",
    "send-summary": "another text or audience is another revision",
    "complete-follow-up": "it names what it ends; one that was dropped is refused",
    "drop-follow-up": "it names what it ends; one that was completed is refused",
    "sign-off": "a person signs a cycle once, under the statement that they read then",
    "complete-closure": "the code is compared as in close",
}
"""Commands with fields that need no case, each with the reason."""


def speaks(command: Command) -> bool:
    """Whether the command says anything besides the ticket and the cycle."""
    return bool(set(command.body.model_fields) - {"cycle"})


def send(story: Story, command: Command, **fields: Any) -> Outcome:
    cycle = {"cycle": story.ticket.cycle} if issubclass(command.body, TicketBody) else {}
    body = command.body(**{**cycle, **fields})
    found = Found(c.CLIENT, STATES, ANSWERS)
    return story.when(lambda given, t, x: decide(command, given, t, x, found), body, roles=ALL_ROLES, by="tess")


def dropped(story: Story, command: Command, first: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether the second command is answered without a fact and without a refusal."""
    outcome = send(story, command, **first)
    assert outcome.refusal is None, outcome.refusal
    own = [draft for draft in outcome.drafts if draft.subject in (None, c.TICKET)]
    assert own, "the first command records nothing"
    story.given(*own)
    again = send(story, command, **{**first, **other})
    return again.refusal is None and not again.drafts


def test_every_command_that_says_something_has_a_case_or_a_reason() -> None:
    assert CASES.keys() | EXEMPT.keys() == {name for name, command in COMMANDS.items() if speaks(command)}
    assert not CASES.keys() & EXEMPT.keys()


@pytest.mark.parametrize(("name", "at"), [(name, at) for name, case in CASES.items() for at in range(len(case.others))])
def test_other_content_is_recorded_or_refused(name: str, at: int) -> None:
    case = CASES[name]
    assert not dropped(case.before(), COMMANDS[name], case.first, case.others[at])


def test_a_command_that_drops_other_content_is_found() -> None:
    command = COMMANDS["override-priority"]

    def deaf(body: Any, ticket: Any, found: Found, context: Any) -> list[Draft]:
        return [] if ticket.triage.overridden else command.decide(body, ticket, found, context)

    case, broken = CASES["override-priority"], Command(**{**vars(command), "decide": deaf})
    assert dropped(case.before(), broken, case.first, case.others[0])
