"""Docs' commands: name, body, roles, decision. What is not in this table is not offered."""

from __future__ import annotations

from desk.decision.command import Command, command
from desk_docs.decisions import client_summary, closure, follow_up, obligations, resolution_document

COMMANDS: tuple[Command, ...] = (
    command(
        "document-resolution",
        resolution_document.DocumentResolution,
        "1 2",
        resolution_document.document_resolution,
        "Step 15: root cause, actions, references",
        "always",
    ),
    command(
        "send-summary", client_summary.SendSummary, "1 2", client_summary.send_summary, "Step 16", "always", held=False
    ),
    command("raise-runbook-gap", follow_up.RaiseGap, "1 2 CO", follow_up.raise_gap, "Step 20", "always"),
    command("update-runbook-gap", follow_up.UpdateGap, "1 2 CO", follow_up.update_gap, "Step 20", "always"),
    command("waive-runbook-gap", follow_up.WaiveGap, "1 2 CO", follow_up.waive_gap, "Step 20", "always"),
    command("raise-follow-up", follow_up.RaiseFollowUp, "1 2 CO", follow_up.raise_follow_up, "Later work", "always"),
    command(
        "complete-follow-up", follow_up.EndFollowUp, "1 2 CO", follow_up.complete_follow_up, "It was done", "always"
    ),
    command("drop-follow-up", follow_up.EndFollowUp, "1 2 CO", follow_up.drop_follow_up, "Not done", "always"),
    command("sign-off", follow_up.SignOff, "1 2 CO", follow_up.sign_off, "Step 21: stand by the work", "always"),
    command(
        "complete-closure",
        obligations.CompleteClosure,
        "1 2 CO",
        obligations.complete_closure,
        "Choose the code that an outside close left open",
        "always",
    ),
    command("close", closure.Close, "1 2 DI CO", closure.close, "Step 21: final close", "always"),
)
