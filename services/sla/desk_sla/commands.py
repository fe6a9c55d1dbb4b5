"""Sla's commands: name, body, roles, decision. What is not in this table is not offered."""

from __future__ import annotations

from desk.decision.command import Command, command
from desk_sla.decisions import coordinating

COMMANDS: tuple[Command, ...] = (
    command(
        "explain-breach", coordinating.ExplainBreach, "CO", coordinating.explain_breach, "Why it was breached", "always"
    ),
    command(
        "extend-target", coordinating.ExtendTarget, "CO", coordinating.extend_target, "A later due time", "open-cycle"
    ),
)
