"""Billing's commands: name, body, roles, decision, summary, availability.

Labour stays on a ticket that was merged or whose record is gone, and is settled there. New labour is logged elsewhere.
"""

from __future__ import annotations

from desk.decision.command import Command, command
from desk_billing.decisions import confirming, entries, invoicing, plausible

COMMANDS: tuple[Command, ...] = (
    command("log-time", entries.LogTime, "1 2 BI", entries.log_time, "Log time", "always", reads=entries.LOGGING),
    command(
        "correct-time",
        entries.CorrectTime,
        "1 2 BI",
        entries.correct_time,
        "Correct a time entry",
        "elsewhere",
        reads=entries.LOGGING,
    ),
    command(
        "move-time",
        entries.MoveTime,
        "1 2 BI",
        entries.move_time,
        "Move a time entry to another ticket",
        "elsewhere",
        reads=entries.MOVING,
    ),
    command(
        "accept-time",
        plausible.AcceptTime,
        "BI",
        plausible.accept_time,
        "Accept a held time entry",
        "elsewhere",
    ),
    command(
        "rate-by-hand",
        invoicing.RateByHand,
        "BI",
        invoicing.rate_by_hand,
        "Rate a time entry by hand",
        "elsewhere",
    ),
    command(
        "confirm-time",
        confirming.ConfirmTime,
        "1 2 BI SV",
        confirming.confirm_time,
        "Confirm the time of a cycle",
        "elsewhere",
    ),
    command(
        "record-invoice",
        invoicing.RecordInvoice,
        "BI",
        invoicing.record_invoice,
        "Record an invoice",
        "elsewhere",
    ),
    command("write-off", invoicing.WriteOff, "BI", invoicing.write_off, "Write time off", "elsewhere"),
)
