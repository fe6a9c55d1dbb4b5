"""Billing's commands: name, body, roles, decision. What is not in this table is not offered."""

from __future__ import annotations

from desk.decision.command import Command, command
from desk_billing.decisions import confirming, entries, invoicing, plausible
from desk_billing.decisions.overlapping import ELSEWHERE

ASKED = (ELSEWHERE,)

COMMANDS: tuple[Command, ...] = (
    command("log-time", entries.LogTime, "1 2 BI", entries.log_time, "Step 19: labour", "always", lookups=ASKED),
    command(
        "correct-time",
        entries.CorrectTime,
        "1 2 BI",
        entries.correct_time,
        "As it should read",
        "always",
        lookups=ASKED,
    ),
    command(
        "move-time", entries.MoveTime, "1 2 BI", entries.move_time, "To another ticket", "always", also=entries.both
    ),
    command("accept-time", plausible.AcceptTime, "BI", plausible.accept_time, "A held entry is right", "always"),
    command("rate-by-hand", invoicing.RateByHand, "BI", invoicing.rate_by_hand, "Where no rule fits", "always"),
    command("confirm-time", confirming.ConfirmTime, "1 2 BI SV", confirming.confirm_time, "Step 19: done", "always"),
    command("record-invoice", invoicing.RecordInvoice, "BI", invoicing.record_invoice, "It was invoiced", "always"),
    command("write-off", invoicing.WriteOff, "BI", invoicing.write_off, "It never will be invoiced", "always"),
)
