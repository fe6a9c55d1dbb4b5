"""Triage's commands: name, body, roles, decision, summary, availability."""

from __future__ import annotations

from desk.decision.command import Command, TicketBody, command
from desk_triage.decisions import diagnosis, dispatch, escalation, fix, priority, reply, resolution, review, session
from desk_triage.decisions.paging import pages

COMMANDS: tuple[Command, ...] = (
    command("assess-priority", priority.AssessPriority, "1 2 DI", priority.assess_priority, "Assess the priority"),
    command(
        "override-priority", priority.OverridePriority, "2 CO", priority.override_priority, "Override the priority"
    ),
    command("queue", dispatch.Queue, "DI CO 2", dispatch.queue, "Move the ticket to a queue"),
    command("assign", dispatch.Assign, "DI CO 2", dispatch.assign, "Assign the ticket to a technician"),
    command("unassign", TicketBody, "DI CO 2", dispatch.unassign, "Remove the assignment"),
    command("take", TicketBody, "1 2", dispatch.take, "Take the ticket"),
    command("start-work", TicketBody, "1 2", diagnosis.start_work, "Start work", "open-cycle"),
    command(
        "open-session",
        session.OpenSession,
        "1 2",
        session.open_session,
        "Open a remote session on the device",
        "open-cycle",
        held=False,
    ),
    command("end-session", session.EndSession, "1 2", session.end_session, "End a remote session"),
    command(
        "record-reproduction",
        diagnosis.RecordReproduction,
        "1 2",
        diagnosis.record_reproduction,
        "Record a reproduction of the failure",
        "open-cycle",
    ),
    command(
        "review-changes",
        review.ReviewChanges,
        "1 2",
        review.review_changes,
        "Review the changes of the device",
        "open-cycle",
    ),
    command(
        "review-security",
        review.ReviewSecurity,
        "1 2",
        review.review_security,
        "Review the detections on the device",
        "open-cycle",
    ),
    command(
        "record-diagnostic",
        diagnosis.RecordDiagnostic,
        "1 2",
        diagnosis.record_diagnostic,
        "Record a diagnostic step",
        "open-cycle",
    ),
    command("rule-out", diagnosis.RuleOut, "1 2", diagnosis.rule_out, "Rule out a cause", "open-cycle"),
    command("escalate", escalation.Escalate, "1 2", escalation.escalate, "Escalate to Tier 2", "open-cycle"),
    command(
        "return-escalation",
        escalation.ReturnEscalation,
        "2",
        escalation.return_escalation,
        "Return the ticket to Tier 1",
        "open-cycle",
    ),
    command("wait", diagnosis.Wait, "1 2 DI", diagnosis.wait, "Start a wait", "open-cycle"),
    command("resume", diagnosis.Resume, "1 2 DI", diagnosis.resume, "End a wait", "open-cycle"),
    command("start-fix", fix.StartFix, "1 2", fix.start_fix, "Start the fix", "open-cycle", held=False),
    command("record-fix", fix.RecordFix, "1 2", fix.record_fix, "Record the fix", "open-cycle", held=False),
    command("revert-fix", fix.RevertFix, "1 2", fix.revert_fix, "Revert the fix", "open-cycle"),
    command("verify-fix", fix.VerifyFix, "1 2", fix.verify_fix, "Verify the fix", "open-cycle"),
    command(
        "fail-verification",
        fix.FailVerification,
        "1 2",
        fix.fail_verification,
        "Record a failed verification",
        "open-cycle",
    ),
    command(
        "waive-verification",
        fix.WaiveVerification,
        "CO",
        fix.waive_verification,
        "Waive the verification",
        "open-cycle",
    ),
    command("page", TicketBody, "2 CO OC SV", pages.page, "Page the person on call", "open-cycle", held=False),
    command("acknowledge", TicketBody, "2 CO OC SV", pages.acknowledge, "Acknowledge the page", "always", held=False),
    command("judge-page", pages.JudgePage, "2 CO OC SV", pages.judge, "Judge whether a page was needed", "always"),
    command("resolve", TicketBody, "1 2", resolution.resolve, "Resolve the ticket", "not-closed"),
    command("cancel", resolution.Cancel, "DI CO", resolution.cancel, "Cancel the ticket", "not-closed"),
    command("reopen", resolution.Reopen, "1 2 DI CO", resolution.reopen, "Reopen the ticket", "always"),
    command("judge-reply", reply.JudgeReply, "1 2 DI", reply.judge_reply, "Judge a reply after the end", "always"),
)
