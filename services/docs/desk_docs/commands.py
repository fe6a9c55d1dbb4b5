"""Docs' commands: name, body, roles, decision. What is not in this table is not offered."""

from __future__ import annotations

from desk.commands import Command, command
from desk_docs.decisions import afterwards, closing, documenting, obligations, telling

COMMANDS: tuple[Command, ...] = (
    command(
        "document-resolution",
        documenting.DocumentResolution,
        "1 2",
        documenting.document_resolution,
        "Step 15: root cause, actions, references",
        "always",
    ),
    command("send-summary", telling.SendSummary, "1 2", telling.send_summary, "Step 16", "always", held=False),
    command("raise-runbook-gap", afterwards.RaiseGap, "1 2 CO", afterwards.raise_gap, "Step 20", "always"),
    command("update-runbook-gap", afterwards.UpdateGap, "1 2 CO", afterwards.update_gap, "Step 20", "always"),
    command("waive-runbook-gap", afterwards.WaiveGap, "1 2 CO", afterwards.waive_gap, "Step 20", "always"),
    command("raise-follow-up", afterwards.RaiseFollowUp, "1 2 CO", afterwards.raise_follow_up, "Later work", "always"),
    command(
        "complete-follow-up", afterwards.EndFollowUp, "1 2 CO", afterwards.complete_follow_up, "It was done", "always"
    ),
    command("drop-follow-up", afterwards.EndFollowUp, "1 2 CO", afterwards.drop_follow_up, "Not done", "always"),
    command("sign-off", afterwards.SignOff, "1 2 CO", afterwards.sign_off, "Step 21: stand by the work", "always"),
    command(
        "complete-closure",
        obligations.CompleteClosure,
        "1 2 CO",
        obligations.complete_closure,
        "Choose the code that an outside close left open",
        "always",
    ),
    command("close", closing.Close, "1 2 DI CO", closing.close, "Step 21: final close", "always"),
)
