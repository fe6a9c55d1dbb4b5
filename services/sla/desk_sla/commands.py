"""Sla's commands: name, body, roles, decision, summary, availability."""

from __future__ import annotations

from desk.decision.command import Command, command
from desk_sla.decisions import coordinating

COMMANDS: tuple[Command, ...] = (
    command(
        "explain-breach",
        coordinating.ExplainBreach,
        "CO",
        coordinating.explain_breach,
        "Explain a breach",
        "elsewhere",
    ),
    command(
        "extend-target", coordinating.ExtendTarget, "CO", coordinating.extend_target, "Extend a target", "open-cycle"
    ),
)
