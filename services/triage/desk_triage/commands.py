"""Triage's commands: name, body, roles, decision. What is not in this table is not offered."""

from __future__ import annotations

from desk.decision.command import Command, TicketBody, command
from desk_triage.decisions import diagnosis, dispatch, fix, priority, resolution

COMMANDS: tuple[Command, ...] = (
    command("assess-priority", priority.AssessPriority, "1 2 DI", priority.assess_priority, "Impact x urgency"),
    command("override-priority", priority.OverridePriority, "2 CO", priority.override_priority, "Another priority"),
    command("queue", dispatch.Queue, "DI CO 2", dispatch.queue, "Move to a queue"),
    command("assign", dispatch.Assign, "DI CO 2", dispatch.assign, "Give to a technician"),
    command("unassign", TicketBody, "DI CO 2", dispatch.unassign, "Take from its owner"),
    command("take", TicketBody, "1 2", dispatch.take, "Take it yourself"),
    command("start-work", TicketBody, "1 2", diagnosis.start_work, "First human work", "open-cycle"),
    command(
        "record-reproduction",
        diagnosis.RecordReproduction,
        "1 2",
        diagnosis.record_reproduction,
        "Step 6: reproduce the failure",
        "open-cycle",
    ),
    command(
        "record-diagnostic",
        diagnosis.RecordDiagnostic,
        "1 2",
        diagnosis.record_diagnostic,
        "What was tried",
        "open-cycle",
    ),
    command("wait", diagnosis.Wait, "1 2 DI", diagnosis.wait, "Work waits", "open-cycle"),
    command("resume", diagnosis.Resume, "1 2 DI", diagnosis.resume, "The wait is over", "open-cycle"),
    command("start-fix", fix.StartFix, "1 2", fix.start_fix, "Step 12", "open-cycle", held=False),
    command("record-fix", fix.RecordFix, "1 2", fix.record_fix, "Step 12", "open-cycle", held=False),
    command("revert-fix", fix.RevertFix, "1 2", fix.revert_fix, "The fix was taken back", "open-cycle"),
    command("verify-fix", fix.VerifyFix, "1 2", fix.verify_fix, "Step 13", "open-cycle"),
    command("fail-verification", fix.FailVerification, "1 2", fix.fail_verification, "Step 13: no", "open-cycle"),
    command(
        "waive-verification",
        fix.WaiveVerification,
        "CO",
        fix.waive_verification,
        "Step 13: nobody watched",
        "open-cycle",
    ),
    command("resolve", TicketBody, "1 2", resolution.resolve, "End of the cycle, all gates met", "not-closed"),
    command("cancel", resolution.Cancel, "DI CO", resolution.cancel, "End without a resolution", "not-closed"),
    command("reopen", resolution.Reopen, "1 2 DI CO", resolution.reopen, "Step 17: undo the end", "always"),
)
