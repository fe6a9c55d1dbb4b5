"""Docs' commands: name, body, roles, decision, summary, availability."""

from __future__ import annotations

from desk.decision.command import Command, command
from desk_docs.decisions import client_summary, closure, documentation, follow_up, obligations, resolution_document

COMMANDS: tuple[Command, ...] = (
    command(
        "search-docs",
        documentation.SearchDocs,
        "1 2 SV",
        documentation.search_docs,
        "Search the client's documentation",
        "open-cycle",
        reads=documentation.SEARCHING,
    ),
    command(
        "judge-hit",
        documentation.JudgeHit,
        "1 2 SV",
        documentation.judge_hit,
        "Record whether a document helped",
        "not-closed",
    ),
    command(
        "document-resolution",
        resolution_document.DocumentResolution,
        "1 2",
        resolution_document.document_resolution,
        "Document the resolution",
        "always",
    ),
    command(
        "send-summary",
        client_summary.SendSummary,
        "1 2",
        client_summary.send_summary,
        "Send the client summary",
        "always",
        held=False,
    ),
    command("raise-runbook-gap", follow_up.RaiseGap, "1 2 CO", follow_up.raise_gap, "Raise a runbook gap", "always"),
    command(
        "update-runbook-gap",
        follow_up.UpdateGap,
        "1 2 CO",
        follow_up.update_gap,
        "Record an updated runbook",
        "elsewhere",
    ),
    command(
        "waive-runbook-gap",
        follow_up.WaiveGap,
        "1 2 CO",
        follow_up.waive_gap,
        "Waive a runbook gap",
        "elsewhere",
    ),
    command(
        "raise-follow-up", follow_up.RaiseFollowUp, "1 2 CO", follow_up.raise_follow_up, "Raise a follow-up", "always"
    ),
    command(
        "complete-follow-up",
        follow_up.EndFollowUp,
        "1 2 CO",
        follow_up.complete_follow_up,
        "Complete a follow-up",
        "elsewhere",
    ),
    command(
        "drop-follow-up",
        follow_up.EndFollowUp,
        "1 2 CO",
        follow_up.drop_follow_up,
        "Drop a follow-up",
        "elsewhere",
    ),
    command("sign-off", follow_up.SignOff, "1 2 CO", follow_up.sign_off, "Sign the work off", "always"),
    command(
        "complete-closure",
        obligations.CompleteClosure,
        "1 2 CO",
        obligations.complete_closure,
        "Complete a closure made in the PSA",
        "always",
    ),
    command("close", closure.Close, "1 2 DI CO", closure.close, "Close the ticket", "always"),
)
