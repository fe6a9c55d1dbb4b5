"""Documentation, summary, sign-off, close and what an outside close leaves owed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from desk.calendars.business_days import business_days_later
from desk.contract.event import Draft, Mode, Payload
from desk.contract.ticket.billing import facts as billing
from desk.contract.ticket.billing.slice import set_hash
from desk.contract.ticket.docs import client as cl
from desk.contract.ticket.docs import facts as f
from desk.contract.ticket.gates import CLOSE, open_gates
from desk.contract.ticket.intake.caller import CallerRevoked
from desk.contract.ticket.intake.conversation import ClientReplied, ReplySent, ReplyUndelivered
from desk.contract.ticket.intake.psa_record import PsaLinked
from desk.contract.ticket.ticket import Status, status
from desk.contract.ticket.triage import ends as en
from desk.contract.ticket.triage.fix import VerificationFailed
from desk.decision.command import decide
from desk.eventstore.handler_registry import chained
from desk.policies import PolicyBook
from desk.testing import controls as c
from desk.testing.given import Outcome, Story
from desk_docs.commands import COMMANDS
from desk_docs.reactions import REACTIONS

BY_NAME = {command.name: command for command in COMMANDS}
GOOD: dict[str, Any] = {
    "root_cause": "MTU of the tunnel was too large",
    "actions": ("set interface tunnel0 mtu 1400",),
    "symptom": "vpn-drop",
    "none_found": True,
}


def send(story: Story, name: str, *, by: str = c.TECHNICIAN, roles: str = "1", **body: Any) -> Outcome:
    command = BY_NAME[name]
    parsed = command.body(**{"cycle": story.ticket.cycle, **body})
    return story.when(lambda b, t, x: decide(command, b, t, x), parsed, by=by, roles=roles)


def resolved() -> Story:
    return Story().given(*c.ready_for_work(), c.resolved())


def confirmed() -> Draft:
    zero = billing.TimeConfirmed(
        set_hash=set_hash(()), by="tess", split=billing.BillableSplit(), zero_reason="goodwill"
    )
    return Draft(data=zero, cycle=1)


def closable() -> Story:
    story = send(resolved(), "document-resolution", **GOOD).then("resolution-documented")
    story = send(story, "send-summary", text="Your VPN is stable again.").then("client-summary-written")
    told = ReplySent(message="m1", author="human", audience="public", to_requester=True, channel="psa", summary="1.1")
    story = story.receives(REACTIONS[ReplySent], told).then("client-summary-sent")
    story = send(story, "waive-runbook-gap").then("runbook-waived")
    return send(story.given(confirmed()), "sign-off").then("signed-off")


def gates(story: Story) -> list[str]:
    """The open ones of the gates that a text meets."""
    return [gate.gate for gate in open_gates(CLOSE, story.ticket, {"documented": "m", "client-informed": "m"})]


def fixed(number: int) -> Draft:
    return Draft(data=c.fixed(), cycle=1, attempt=number)


def test_texts_from_before_a_second_fix_do_not_tell_about_it() -> None:
    story = Story().given(*c.ready_for_work())
    story = send(story, "document-resolution", **GOOD).then("resolution-documented").given(fixed(1))
    assert gates(story) == ["client-informed"]
    story = send(story, "send-summary", text="Your VPN is stable again.").then("client-summary-written")
    told = ReplySent(message="m1", author="human", audience="public", to_requester=True, channel="psa", summary="1.1")
    story = story.receives(REACTIONS[ReplySent], told).then("client-summary-sent")
    assert gates(story) == []
    failed = VerificationFailed(what_failed="drops", seen_by="pat")
    story.given(Draft(data=failed, cycle=1, attempt=1))
    story = send(story, "document-resolution", **GOOD).then("resolution-documented").given(fixed(2))
    assert gates(story) == ["documented", "client-informed"]
    send(story, "send-summary", text="Your VPN is stable again.").refused("gates_open")
    story = send(story, "document-resolution", **GOOD).then("resolution-documented")
    assert gates(story) == ["client-informed"]
    story = send(story, "send-summary", text="Your VPN is stable again.").then("client-summary-written")
    send(story, "send-summary", text="Your VPN is stable again.").nothing()


@pytest.mark.parametrize("words", ["Fixed it.", "done", "", "Rebooted"])
def test_fixed_it_is_no_documentation(words: str) -> None:
    body = {**GOOD, "root_cause": words, "actions": (words,) if words else ()}
    refusal = send(resolved(), "document-resolution", **body).refused("resolution_too_thin")
    assert [row.gate for row in refusal.missing] == ["root_cause", "actions"]


DISGUISED = (
    "fixed  it", "Fixed the issue", "I fixed it", "fixed-it", "issue resolved", "problem solved", "rebooted pc",
    "restarted the computer", "see notes", "see above", "as discussed on phone", "asdf", "x", "-", "…", "f ixed it",
    "f\u0456xed it", "same", "user error", "works now", "ok :)", "👍", "123", "fixed\u200b it", "ＦＩＸＥＤ it",
)  # fmt: skip
"""What says nothing, however it is written."""


@pytest.mark.parametrize("words", DISGUISED)
def test_fixed_it_in_disguise_is_no_documentation(words: str) -> None:
    body = {**GOOD, "root_cause": words, "actions": (words,)}
    refusal = send(resolved(), "document-resolution", **body).refused("resolution_too_thin")
    assert [row.gate for row in refusal.missing] == ["root_cause", "actions"]


@pytest.mark.parametrize(
    ("cause", "action", "missing"),
    [
        ("VPN drops every ten minutes", "set interface tunnel0 mtu 1400", ["root_cause"]),
        ("MTU of the tunnel was too large", "The tunnel: MTU was too large!", ["actions"]),
        ("MTU of the tunnel was too large", "VPN drops", ["actions"]),
    ],
)
def test_the_problem_is_no_root_cause_and_the_root_cause_no_action(cause: str, action: str, missing: list[str]) -> None:
    body = {**GOOD, "root_cause": cause, "actions": (action,)}
    refusal = send(resolved(), "document-resolution", **body).refused("resolution_too_thin")
    assert [row.gate for row in refusal.missing] == missing


@pytest.mark.parametrize(
    ("cause", "action"),
    [
        ("Der Druckertreiber war veraltet", "Treiber 4.2 von der Seite des Herstellers installiert"),
        ("Просроченный сертификат сервера", "certbot renew --force-renewal"),
        ("証明書の有効期限が切れていた", "証明書を更新した"),
        ("Full disk: pagefile on C:", "ipconfig /flushdns"),
    ],
)
def test_content_in_any_language_is_documentation(cause: str, action: str) -> None:
    send(resolved(), "document-resolution", **{**GOOD, "root_cause": cause, "actions": (action,)}).then(
        "resolution-documented"
    )


def test_references_are_named_or_said_to_be_none() -> None:
    body = {**GOOD, "none_found": False}
    refusal = send(resolved(), "document-resolution", **body).refused("resolution_too_thin")
    assert [row.gate for row in refusal.missing] == ["references"]


def test_a_quick_ticket_needs_a_symptom_code_and_one_action() -> None:
    story = Story().given(c.opening(kind="quick"))
    send(story, "document-resolution", actions=("reset the token",), symptom="mfa").then("resolution-documented")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("We changed 10.0.0.12 for you", "ip-address"),
        (r"The share \\fs01\finance works again", "unc-path"),
        ("We ran gpupdate on it", "command"),
        ("Your password: hunter2", "credential"),
    ],
)
def test_internal_detail_in_a_summary_is_refused_with_its_span(text: str, name: str) -> None:
    story = send(resolved(), "document-resolution", **GOOD).then("resolution-documented")
    refusal = send(story, "send-summary", text=text).refused("internal_detail")
    spans: Any = refusal.members["spans"]
    assert spans[0][0] == name
    assert text[spans[0][1] : spans[0][2]]


def test_a_summary_before_documentation_is_refused_and_the_same_text_again_ignored() -> None:
    send(resolved(), "send-summary", text="All well.").refused("gates_open")
    story = send(resolved(), "document-resolution", **GOOD).then("resolution-documented")
    story = send(story, "send-summary", text="All well.").then("client-summary-written")
    send(story, "send-summary", text="All well.").nothing()


def undelivered(story: Story, message: str) -> Outcome:
    lost = ReplyUndelivered(message=message, reason="write_back_off", effect="e1")
    return story.receives(REACTIONS[ReplyUndelivered], Draft(data=lost))


def test_a_summary_that_was_not_delivered_is_failed_once_and_the_same_text_may_be_sent_again() -> None:
    story = send(resolved(), "document-resolution", **GOOD).then("resolution-documented")
    story = send(story, "send-summary", text="All well.").then("client-summary-written")
    told = ReplySent(message="m1", author="human", audience="public", to_requester=True, channel="psa", summary="1.1")
    story = story.receives(REACTIONS[ReplySent], told).then("client-summary-sent")
    undelivered(story, "m9").nothing()
    story = undelivered(story, "m1").then("client-summary-failed")
    assert not story.ticket.docs.client_informed(1)
    undelivered(story, "m1").nothing()
    send(story, "send-summary", text="All well.").then("client-summary-written")


def test_a_summary_of_a_closed_cycle_that_was_not_delivered_is_owed_once_more() -> None:
    story = send(closable(), "close", code="network").then("closed", "survey-requested")
    outcome = undelivered(story, "m1")
    assert outcome.one(f.ObligationRaised).what == "summary"
    story = outcome.then("client-summary-failed", "obligation-raised")
    undelivered(story, "m1").nothing()
    story = send(story, "send-summary", text="Your VPN is stable again.").then("client-summary-written")
    told = ReplySent(message="m2", author="human", audience="public", to_requester=True, channel="psa", summary="1.2")
    story = story.receives(REACTIONS[ReplySent], told).then("client-summary-sent")


@pytest.mark.parametrize(
    ("default", "clients", "refused"),
    [
        ("nothing", {}, True),
        ("notes", {}, True),
        ("everything", {}, False),
        ("nothing", {c.CLIENT: "everything"}, False),
    ],
)
def test_a_summary_is_refused_while_the_psa_may_not_be_written(
    default: str, clients: dict[str, str], refused: bool
) -> None:
    book = PolicyBook()
    book.put("write-back", "2", {"default": default, "clients": clients})
    linked = PsaLinked(instance=c.INSTANCE, record=c.RECORD)
    story = Story(book).given(*c.ready_for_work(), linked, c.resolved())
    story = send(story, "document-resolution", **GOOD).then("resolution-documented")
    outcome = send(story, "send-summary", text="All well.")
    if refused:
        assert outcome.refused("write_back_off").members["instance"] == c.INSTANCE
    else:
        outcome.then("client-summary-written")


def test_a_summary_waits_while_the_caller_is_on_hold() -> None:
    story = resolved().given(CallerRevoked(contact=c.CONTACT, revision="r2", source="psa"))
    send(story, "send-summary", text="All well.").refused("caller_revoked")


def test_only_the_technician_of_the_resolution_signs_off() -> None:
    send(resolved(), "sign-off", by="somebody").refused("not_your_work")
    story = send(resolved(), "sign-off").then("signed-off")
    send(story, "sign-off").nothing()
    send(resolved(), "sign-off", by="coordinator", roles="CO").then("signed-off")


def test_signing_off_before_the_resolution_is_refused() -> None:
    send(Story().given(*c.ready_for_work()), "sign-off").refused("not_resolved")


def test_closing_lists_the_open_gates() -> None:
    gates = [row.gate for row in send(resolved(), "close", code="network").refused("gates_open").missing]
    assert gates == ["documented", "client-informed", "time", "runbook", "sign-off"]


def test_closing_needs_a_code_from_the_list() -> None:
    send(closable(), "close").refused("code_missing")


def test_a_close_names_the_resolution_and_asks_for_the_survey_in_the_same_append() -> None:
    story = closable()
    outcome = send(story, "close", code="network")
    assert outcome.one(f.Closed).resolution == story.ticket.triage.ends[1].id
    story = outcome.then("closed", "survey-requested")
    assert status(story.ticket) is Status.CLOSED
    send(story, "close", code="network").nothing()


def test_a_cancelled_ticket_closes_with_its_own_codes_and_without_a_survey() -> None:
    story = Story().given(c.opening(), Draft(data=en.Cancelled(reason="spam"), cycle=1), confirmed())
    send(story, "close", code="network").refused("code_missing")
    send(story, "close", code="spam").then("closed", "survey-not-applicable")


def test_a_reopened_cycle_shows_open_although_it_was_closed() -> None:
    story = send(closable(), "close", code="network").then("closed", "survey-requested")
    end = story.ticket.triage.ends[1].id
    story.given(Draft(data=en.Reopened(undoes=end, cause="client"), cycle=2))
    assert status(story.ticket) is Status.DIAGNOSING


def outside(story: Story, **how: Any) -> Outcome:
    event = story.events[-1]
    notice = en.OutsideClosureNoticed(observation=event.id, missing=(), psa_actor=how.pop("actor", "psa-member:jdoe"))
    mode: Mode = "import" if story.origin == "import" else "outside"
    return story.receives(REACTIONS[en.OutsideClosureNoticed], Draft(data=notice, cycle=1, mode=mode), **how)


def test_a_close_in_the_psa_is_closed_surveyed_and_leaves_what_was_missing_owed() -> None:
    outcome = outside(resolved())
    assert outcome.one(f.Closed).missing == ("documented", "client-informed", "time", "runbook", "sign-off")
    owed = {draft.data.what: draft.data.owner for draft in outcome.drafts if isinstance(draft.data, f.ObligationRaised)}
    assert owed.keys() == {"documentation", "summary", "time", "runbook", "sign-off", "code"}
    assert owed.pop("sign-off") == c.TECHNICIAN, "jdoe may not sign off what is booked to another"
    assert set(owed.values()) == {"jdoe"}


def owners(story: Story) -> dict[str, str]:
    drafts = outside(story).drafts
    return {draft.data.what: draft.data.owner for draft in drafts if isinstance(draft.data, f.ObligationRaised)}


def labour(technician: str) -> billing.TimeLogged:
    work = billing.Labour(technician, c.NOW, c.NOW + timedelta(minutes=30), 30, "tier1", "remote", "psa")
    return billing.TimeLogged(entry=f"entry of {technician}", rev=1, labour=work)


def test_each_obligation_goes_to_somebody_who_may_meet_it() -> None:
    tess = labour(c.TECHNICIAN)
    assert owners(resolved().given(tess))["time"] == c.TECHNICIAN
    assert owners(resolved().given(tess, labour("tom")))["time"] == "billing"
    assert owners(resolved().given(labour("")))["time"] == "billing"
    nobody = Story().given(*c.ready_for_work(), c.resolved(technician=None))
    assert owners(nobody)["sign-off"] == "coordinator"
    security = Story().given(c.opening(kind="security"), c.verified(), c.resolved())
    assert owners(security)["sign-off"] == c.TECHNICIAN
    signed = send(security, "sign-off").then("signed-off")
    assert owners(signed)["sign-off"] == "coordinator", "a second person"


def test_a_bot_that_closes_leaves_the_assignee_owing() -> None:
    story = Story().given(*c.ready_for_work(), c.resolved())
    outcome = outside(story, actor="bot:workflow")
    raised = [draft.data for draft in outcome.drafts if isinstance(draft.data, f.ObligationRaised)]
    assert {data.owner for data in raised if data.what != "sign-off"} == {"coordinator"}


def test_a_second_notice_of_the_same_close_is_ignored() -> None:
    story = resolved()
    first = outside(story)
    story = first.then(*first.names)
    outside(story).nothing()


def test_imported_history_closes_without_obligations_and_without_a_survey() -> None:
    story = Story(origin="import").given(c.opening(), c.resolved())
    outcome = outside(story)
    assert outcome.one(cl.SurveyNotApplicable).reason == "imported"
    outcome.then("closed", "survey-not-applicable")


def test_obligations_are_met_by_the_acts_they_ask_for_and_the_closure_completes_with_the_last() -> None:
    story = resolved()
    first = outside(story)
    story = first.then(*first.names)
    documented = send(story, "document-resolution", **GOOD).then("resolution-documented")
    meet = chained(REACTIONS[f.ResolutionDocumented])
    met = meet(documented.events[-1], documented.ticket, documented.context(roles=""))
    assert [draft.data for draft in met] == [
        f.ObligationMet(what="documentation", evidence=documented.events[-1].id),
    ]


def test_the_code_completes_a_closure_when_nothing_else_is_owed() -> None:
    story = closable()
    first = outside(story)
    story = first.then("closed", "survey-requested", "obligation-raised")
    send(story, "complete-closure").refused("code_missing")
    story = send(story, "complete-closure", code="network").then("obligation-met", "closure-completed")
    send(story, "complete-closure", code="network").nothing()


def test_business_days_leave_out_the_weekend() -> None:
    friday = datetime(2026, 3, 6, 15, 0, tzinfo=UTC)
    assert business_days_later(friday, 2) == datetime(2026, 3, 10, 15, 0, tzinfo=UTC)


def cancelled(*messages: Payload) -> Story:
    """A ticket that a dispatcher cancelled, with the zero time that billing then confirms."""
    story = Story().given(*c.ready_for_work(), *messages)
    return story.given(Draft(data=en.Cancelled(reason="withdrawn"), cycle=1), confirmed())


SAID = ClientReplied(message="m0", text="Never mind")
AUTO = ClientReplied(message="m0", text="Out of office", auto=True)
OURS = ReplySent(message="m0", author="human", audience="public", to_requester=True, channel="psa")


def test_a_cancelled_ticket_is_closed_after_a_summary_without_documentation() -> None:
    story = cancelled(SAID)
    assert [row.gate for row in send(story, "close", code="withdrawn").refused("gates_open").missing] == [
        "client-informed"
    ]
    story = send(story, "send-summary", text="We closed your request, as you asked.").then("client-summary-written")
    told = ReplySent(message="m1", author="human", audience="public", to_requester=True, channel="psa", summary="1.1")
    story = story.receives(REACTIONS[ReplySent], told).then("client-summary-sent")
    send(story, "close", code="withdrawn").then("closed", "survey-not-applicable")


@pytest.mark.parametrize("messages", [(), (AUTO,), (OURS,)], ids=["none", "auto-reply", "ours"])
def test_a_cancelled_ticket_is_closed_at_once_if_the_client_wrote_nothing(messages: tuple[Payload, ...]) -> None:
    send(cancelled(*messages), "close", code="withdrawn").then("closed", "survey-not-applicable")


def test_the_summary_of_a_resolution_still_follows_its_documentation() -> None:
    send(resolved(), "send-summary", text="Your VPN is stable again.").refused("gates_open")
    send(Story().given(*c.ready_for_work()), "send-summary", text="Nearly there.").refused("gates_open")


def test_a_raised_gap_is_waived_by_the_coordinator_alone() -> None:
    story = send(resolved(), "raise-runbook-gap", kind="missing", basis="no page on the tunnel").then(
        "runbook-gap-raised"
    )
    gap = next(iter(story.ticket.docs.gaps))
    send(story, "waive-runbook-gap", gap=gap, reason="one-off").refused("forbidden_role")
    send(story, "waive-runbook-gap", gap=gap, reason="because").refused("reason_not_listed")
    story = send(story, "waive-runbook-gap", roles="CO", gap=gap, reason="one-off").then("runbook-waived")
    send(story, "waive-runbook-gap", roles="CO", gap=gap, reason="one-off").nothing()
    send(story, "update-runbook-gap", gap=gap, document="d", revision="1").refused("already_recorded")


def test_follow_ups_outlive_the_ticket_and_end_once() -> None:
    story = send(resolved(), "raise-follow-up", kind="replacement", owner="tess", due=c.NOW).then("follow-up-raised")
    key = next(iter(story.ticket.docs.follow_ups))
    send(story, "drop-follow-up", follow_up=key).refused("reason_missing")
    story = send(story, "complete-follow-up", follow_up=key).then("follow-up-completed")
    send(story, "complete-follow-up", follow_up=key).nothing()
    send(story, "complete-follow-up", follow_up="other").refused("invalid_field")


def test_no_survey_goes_to_a_contact_who_left() -> None:
    left = CallerRevoked(contact=c.CONTACT, revision="r2", source="psa")
    outcome = send(closable().given(left), "close", code="network")
    assert outcome.one(cl.SurveyNotApplicable).reason == "contact-left"
    assert outside(resolved().given(left)).one(cl.SurveyNotApplicable).reason == "contact-left"
