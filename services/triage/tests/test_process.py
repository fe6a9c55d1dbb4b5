"""Priority, dispatch, diagnosis, fix, verification and end, as triage's people do them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from desk.contract.event import Draft
from desk.contract.ticket.docs import documentation
from desk.contract.ticket.docs import facts as docs
from desk.contract.ticket.gates import RESOLVE, open_gates
from desk.contract.ticket.intake import facts as i
from desk.contract.ticket.intake.assets import AssetLinked
from desk.contract.ticket.intake.conversation import ClientReplied, ReplySent
from desk.contract.ticket.ticket import Status, status
from desk.contract.ticket.triage import dispatch as d
from desk.contract.ticket.triage import ends as en
from desk.contract.ticket.triage import fix as fx
from desk.testing import controls as c
from desk.testing.given import Story
from desk_triage.reactions import REACTIONS

from .triage_commands import send


def ready() -> Story:
    return Story().given(*c.ready_for_work())


def fixed() -> Story:
    return ready().given(Draft(data=c.fixed(), cycle=1, attempt=1))


def test_every_command_refuses_a_ticket_that_is_not_there() -> None:
    send(Story(), "take").refused("unknown_ticket")


def test_a_command_on_an_earlier_cycle_is_a_conflict() -> None:
    refusal = send(ready(), "take", cycle=2).refused("cycle_conflict")
    assert refusal.members == {"seen": 2, "now": 1}


def test_a_merged_ticket_refuses_and_names_its_root() -> None:
    refusal = send(ready().given(i.MergedInto(root="root-1", evidence="same")), "take").refused("ticket_merged")
    assert refusal.members["root"] == "root-1"


def test_priority_follows_the_matrix() -> None:
    story = Story().given(c.opening())
    outcome = send(story, "assess-priority", impact="high", urgency="medium")
    assert outcome.one(d.PriorityAssessed).priority == "P2"
    send(outcome.then("priority-assessed"), "assess-priority", impact="high", urgency="medium").nothing()


def test_p1_without_its_evidence_is_refused() -> None:
    send(Story().given(c.opening()), "assess-priority", impact="high", urgency="high").refused("p1_evidence_missing")


def test_a_quick_ticket_is_too_small_for_p2() -> None:
    story = Story().given(c.opening(kind="quick"))
    send(story, "assess-priority", impact="medium", urgency="high").refused("kind_too_small")


def test_overriding_a_priority_needs_a_reason_and_twice_records_nothing() -> None:
    send(ready(), "override-priority", roles="CO", priority="P2").refused("reason_missing")
    story = send(ready(), "override-priority", roles="CO", priority="P2", reason="vip").then("priority-overridden")
    send(story, "override-priority", roles="CO", priority="P2", reason="vip").nothing()


def test_an_unknown_queue_is_refused_and_the_same_queue_records_nothing() -> None:
    send(ready(), "queue", roles="DI", queue="Nowhere").refused("invalid_field")
    story = send(ready(), "queue", roles="DI", queue="Service Desk").then("queued")
    send(story, "queue", roles="DI", queue="Service Desk").nothing()


def test_tier_1_cannot_take_from_a_queue_of_tier_2() -> None:
    story = send(ready(), "queue", roles="DI", queue="Network").then("queued")
    send(story, "take").refused("tier_forbidden")
    send(story, "take", by="tier2-tom", roles="2").then("assigned")


def test_taking_and_giving_back_are_recorded_once() -> None:
    story = send(ready(), "take").then("assigned")
    story = send(story, "take").nothing()
    story = send(story, "unassign", roles="DI").then("unassigned")
    send(story, "unassign", roles="DI").nothing()


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ((c.opening(), c.linked(), c.assessed()), "caller_unverified"),
        ((c.opening(), c.verified(), c.tier(), c.assessed()), "asset_missing"),
        ((c.opening(), c.verified(), c.tier(), c.linked()), "priority_missing"),
    ],
)
def test_work_before_gates_1_to_3_is_refused(facts: tuple[Any, ...], code: str) -> None:
    send(Story().given(*facts), "start-work").refused(code)


def test_work_starts_once_per_technician_and_cycle() -> None:
    story = send(ready(), "start-work").then("work-started")
    story = send(story, "start-work").nothing()
    send(story, "start-work", by="tier2-tom", roles="2").then("work-started")


def test_works_on_my_machine_is_not_a_reproduction() -> None:
    body: dict[str, Any] = {"result": "reproduced", "on_profile": False, "on_network": True, "on_permissions": True}
    refusal = send(ready(), "record-reproduction", **body, steps="s", observed="o").refused("not_a_reproduction")
    assert [row.gate for row in refusal.missing] == ["on_profile"]


def test_a_reproduction_states_profile_network_and_permissions() -> None:
    refusal = send(ready(), "record-reproduction", result="not", steps="s", observed="o").refused("not_a_reproduction")
    assert [row.gate for row in refusal.missing] == ["on_profile", "on_network", "on_permissions"]


def test_tier_1_does_not_diagnose_on_a_domain_controller() -> None:
    body: dict[str, Any] = {"what": "dcdiag", "result": "errors", "asset_class": "domain-controller"}
    send(ready(), "record-diagnostic", **body).refused("tier_forbidden")
    send(ready(), "record-diagnostic", roles="2", **body).then("diagnostic-recorded")


def test_waiting_on_the_client_needs_the_message_that_asked() -> None:
    send(ready(), "wait", on="client").refused("waiting_without_request")
    asked = ReplySent(message="m1", author="human", audience="public", to_requester=True, channel="psa")
    story = send(ready().given(asked), "wait", on="client", message="m1").then("waiting-started")
    assert status(story.ticket) is Status.WAITING
    send(story, "wait", on="client", message="m1").nothing()


def test_a_date_in_the_past_is_no_date_to_wait_for() -> None:
    send(ready(), "wait", on="schedule", until=c.NOW - timedelta(days=1)).refused("until_in_past")


def test_a_p1_does_not_wait_on_the_client() -> None:
    asked = ReplySent(message="m1", author="human", audience="public", to_requester=True, channel="psa")
    story = ready().given(asked, c.assessed(impact="high", urgency="high", priority="P1", revision=2))
    send(story, "wait", on="client", message="m1").refused("p1_cannot_wait_on_client")


def test_resuming_ends_the_waits_but_not_that_on_the_parent() -> None:
    story = ready().given(d.WaitingStarted(wait="w1", on="vendor"), d.WaitingStarted(wait="w2", on="parent"))
    story = send(story, "resume").then("waiting-ended")
    send(story, "resume", wait="w1").nothing()


def test_the_client_s_answer_ends_the_wait_for_it_and_an_auto_reply_does_not() -> None:
    story = ready().given(d.WaitingStarted(wait="w1", on="client"))
    reaction = REACTIONS[ClientReplied]
    story = story.receives(reaction, ClientReplied(message="auto-1", auto=True)).nothing()
    story.receives(reaction, ClientReplied(message="m2")).then("waiting-ended")


def test_privileged_work_needs_level_2_unexpired() -> None:
    send(ready(), "start-fix", privileged=True).refused("verification_too_low")
    late = ready().given(c.verified(challenge="2", level=2, method="call-back", expires=c.NOW))
    send(late, "start-fix", privileged=True).refused("verification_expired")
    story = ready().given(c.verified(challenge="2", level=2, method="call-back"))
    send(story, "start-fix", privileged=True).then("fix-started")


def test_shared_infrastructure_needs_a_change_before_the_work() -> None:
    send(ready(), "start-fix", roles="2", asset_class="core-firewall").refused("change_required")


def test_a_fix_is_recorded_once_per_attempt_and_a_failure_opens_the_next() -> None:
    story = send(ready(), "record-fix", what="set MTU 1400").then("fix-applied")
    story = send(story, "record-fix", what="set MTU 1400").nothing()
    story = send(story, "fail-verification", what_failed="still drops", seen_by="pat").then("verification-failed")
    outcome = send(story, "record-fix", what="replaced the cable")
    assert outcome.drafts[0].attempt == 2
    outcome.then("fix-applied")


def test_a_failure_routed_to_tier_2_moves_the_ticket_to_a_queue_of_that_tier_once() -> None:
    failed: dict[str, Any] = {"what_failed": "still drops", "seen_by": "pat", "route": "tier2"}
    story = send(fixed(), "fail-verification", **failed).then("verification-failed", "queued")
    assert (story.ticket.triage.phase, story.ticket.triage.tier) == ("escalated", "tier2")
    send(story, "take").refused("tier_forbidden")
    send(story, "fail-verification", **failed).nothing()
    there = fixed().given(d.Queued(queue=story.ticket.triage.queue, tier="tier2", revision=1))
    send(there, "fail-verification", **failed).then("verification-failed")


def test_a_failure_without_notes_and_a_failure_without_a_fix_are_refused() -> None:
    send(fixed(), "fail-verification").refused("fail_notes_missing")
    send(ready(), "fail-verification", what_failed="x", seen_by="y").refused("nothing_to_verify")


def in_session(session: str) -> Story:
    """A fix to verify, and a session in which it may be seen to work."""
    return send(fixed(), "open-session", tool="screenconnect", with_user=True, session=session).then("session-started")


def test_a_session_that_was_not_opened_on_the_ticket_is_refused_wherever_one_is_named() -> None:
    named: dict[str, Any] = {"session": "s2"}
    seen: dict[str, Any] = {"how": "observed", "where": "session"} | named
    refusal = send(in_session("s1"), "verify-fix", **seen).refused("no_session")
    assert refusal.detail == "session: 's2' was not opened on this ticket."
    send(ready(), "record-fix", what="restarted the spooler", **named).refused("no_session")
    send(ready(), "record-reproduction", result="not", **named).refused("no_session")


def test_an_ended_session_still_shows_where_the_fix_was_verified() -> None:
    story = send(in_session("s1"), "end-session").then("session-ended")
    send(story, "verify-fix", how="observed", where="session", session="s1").then("fix-verified")


def test_a_word_on_the_phone_is_no_verification() -> None:
    send(fixed(), "verify-fix", how="user-confirmed").refused("verbal_is_not_verification")
    send(fixed(), "verify-fix", how="observed").refused("verbal_is_not_verification")
    send(fixed(), "verify-fix", how="observed", where="session").refused("verbal_is_not_verification")
    story = send(in_session("s1"), "verify-fix", how="observed", where="session", session="s1").then("fix-verified")
    assert status(story.ticket) is Status.WATCHING
    send(story, "verify-fix", how="observed", where="session", session="s1").nothing()
    send(story, "verify-fix", how="observed", where="on-site").refused("already_recorded")


def test_verification_is_waived_for_a_listed_reason_and_an_absent_user_takes_three_tries() -> None:
    send(fixed(), "waive-verification", roles="CO", reason="too busy").refused("reason_not_listed")
    body: dict[str, Any] = {"reason": "user-absent-three-attempts", "tries": (c.NOW, c.NOW - timedelta(hours=1))}
    send(fixed(), "waive-verification", roles="CO", **body).refused("reason_not_listed")
    body["tries"] = (*body["tries"], c.NOW - timedelta(hours=2))
    send(fixed(), "waive-verification", roles="CO", **body).then("verification-waived")


def test_resolving_lists_every_open_gate_with_owner_and_remedy() -> None:
    refusal = send(fixed(), "resolve").refused("gates_open")
    gates = {row.gate: row.owner for row in refusal.missing}
    assert gates["verification"] == "triage"
    assert gates["documented"] == "docs"


def resolvable() -> Story:
    story = Story().given(c.opening(kind="quick"), c.verified(), c.tier())
    story = story.receives(REACTIONS[AssetLinked], c.linked()).then(
        "known-incidents-checked", "device-changes-collected", "endpoint-security-collected"
    )
    search = documentation.DocumentationSearched(search="s", client=c.CLIENT, query="", sources=(), not_applicable=True)
    story = story.given(c.assessed(), Draft(data=search, cycle=1))
    fix = Draft(data=c.fixed(), cycle=1, attempt=1)
    story = story.receives(REACTIONS[fx.FixApplied], fix).then("monitoring-checked")
    story = send(story, "verify-fix", how="observed", where="on-site").then("fix-verified")
    documented = docs.ResolutionDocumented(rev=1, root_cause="MTU", actions=("set MTU 1400",), symptom="vpn-drop")
    return story.given(Draft(data=documented, cycle=1))


def test_a_ticket_with_every_gate_met_resolves_once_on_the_facts_it_rests_on() -> None:
    outcome = send(resolvable(), "resolve")
    assert len(outcome.one(en.Resolved).premises) == 3
    story = outcome.then("resolved")
    assert status(story.ticket) is Status.RESOLVED
    send(story, "resolve").nothing()


def test_evidence_about_another_device_does_not_count() -> None:
    story = resolvable().given(c.linked(link="link-2", device="device-other"))
    gates = [row.gate for row in send(story, "resolve").refused("gates_open").missing]
    assert gates == ["known-incidents", "changes", "security", "monitoring"]


def test_cancelling_ends_open_waits_and_twice_records_nothing() -> None:
    story = ready().given(d.WaitingStarted(wait="w1", on="vendor"))
    story = send(story, "cancel", roles="DI", reason="spam").then("waiting-ended", "cancelled")
    send(story, "cancel", roles="DI", reason="spam").nothing()


def test_reopening_names_the_end_it_undoes_and_opens_the_next_cycle() -> None:
    story = send(resolvable(), "resolve").then("resolved")
    outcome = send(story, "reopen", cause="client", notes="drops again")
    assert outcome.one(en.Reopened).undoes == story.ticket.triage.ends[1].id
    story = outcome.then("reopened")
    assert (story.ticket.cycle, status(story.ticket)) == (2, Status.DIAGNOSING)


def test_reopening_what_did_not_end_without_notes_or_too_late_is_refused() -> None:
    send(ready(), "reopen", cause="client", notes="x").refused("not_resolved")
    story = send(resolvable(), "resolve").then("resolved")
    send(story, "reopen", cause="client").refused("notes_missing")
    story.now += timedelta(days=15)
    send(story, "reopen", cause="client", notes="x").refused("window_over")


def test_a_new_cycle_asks_for_known_incidents_again_by_itself() -> None:
    story = send(resolvable(), "resolve").then("resolved")
    end = story.ticket.triage.ends[1].id
    again = Draft(data=en.Reopened(undoes=end, cause="client"), cycle=2)
    story.receives(REACTIONS[en.Reopened], again).then("known-incidents-checked")


def test_diagnosis_on_an_ended_cycle_is_refused() -> None:
    story = send(resolvable(), "resolve").then("resolved")
    send(story, "record-diagnostic", what="x", result="y").refused("ticket_closed")


@pytest.mark.parametrize(("roles", "rule"), [("1", "tier_forbidden"), ("2", "change_required")])
def test_a_fix_that_should_not_have_been_made_is_recorded_with_its_rule_and_meets_no_gate(
    roles: str, rule: str
) -> None:
    shared = c.linked(asset_class="domain-controller")
    story = Story().given(c.opening(), c.verified(), c.tier(), shared, c.assessed())
    found = send(story, "record-fix", roles=roles, what="restarted DNS")
    assert found.one(fx.FixApplied).violation == rule
    profile = story.policies.gate_profile.of("incident")
    gates = [gate.gate for gate in open_gates(RESOLVE, found.then("fix-applied").ticket, profile)]
    assert "fix" in gates


def test_a_wait_on_a_vendor_carries_the_code_that_its_contract_is_known_by() -> None:
    (told,) = send(ready(), "wait", on="vendor", reference="C-77", vendor="carrier").drafts
    assert isinstance(told.data, d.WaitingStarted)
    assert (told.data.on, told.data.reference, told.data.vendor) == ("vendor", "C-77", "carrier")
    send(ready(), "wait", on="internal", vendor="carrier").refused("invalid_field")
