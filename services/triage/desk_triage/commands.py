"""Triage's commands: name, body, roles, decision. What is not in this table is not offered."""

from __future__ import annotations

from desk.commands import Command, TicketBody, command
from desk_triage.decisions import dispatching, ending, fixing, priority, working

COMMANDS: tuple[Command, ...] = (
    command("assess-priority", priority.AssessPriority, "1 2 DI", priority.assess_priority, "Impact x urgency"),
    command("override-priority", priority.OverridePriority, "2 CO", priority.override_priority, "Another priority"),
    command("queue", dispatching.Queue, "DI CO 2", dispatching.queue, "Move to a queue"),
    command("assign", dispatching.Assign, "DI CO 2", dispatching.assign, "Give to a technician"),
    command("unassign", TicketBody, "DI CO 2", dispatching.unassign, "Take from its owner"),
    command("take", TicketBody, "1 2", dispatching.take, "Take it yourself"),
    command("start-work", TicketBody, "1 2", working.start_work, "First human work", "open-cycle"),
    command(
        "record-reproduction",
        working.RecordReproduction,
        "1 2",
        working.record_reproduction,
        "Step 6: reproduce the failure",
        "open-cycle",
    ),
    command(
        "record-diagnostic",
        working.RecordDiagnostic,
        "1 2",
        working.record_diagnostic,
        "What was tried",
        "open-cycle",
    ),
    command("wait", working.Wait, "1 2 DI", working.wait, "Work waits", "open-cycle"),
    command("resume", working.Resume, "1 2 DI", working.resume, "The wait is over", "open-cycle"),
    command("start-fix", fixing.StartFix, "1 2", fixing.start_fix, "Step 12", "open-cycle", held=False),
    command("record-fix", fixing.RecordFix, "1 2", fixing.record_fix, "Step 12", "open-cycle", held=False),
    command("revert-fix", fixing.RevertFix, "1 2", fixing.revert_fix, "The fix was taken back", "open-cycle"),
    command("verify-fix", fixing.VerifyFix, "1 2", fixing.verify_fix, "Step 13", "open-cycle"),
    command("fail-verification", fixing.FailVerification, "1 2", fixing.fail_verification, "Step 13: no", "open-cycle"),
    command(
        "waive-verification",
        fixing.WaiveVerification,
        "CO",
        fixing.waive_verification,
        "Step 13: nobody watched",
        "open-cycle",
    ),
    command("resolve", TicketBody, "1 2", ending.resolve, "End of the cycle, all gates met", "not-closed"),
    command("cancel", ending.Cancel, "DI CO", ending.cancel, "End without a resolution", "not-closed"),
    command("reopen", ending.Reopen, "1 2 DI CO", ending.reopen, "Step 17: undo the end", "always"),
)
