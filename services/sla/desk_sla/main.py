"""The composition root of sla."""

from __future__ import annotations

from desk.hosting import Definition
from desk_sla.judging import folding
from desk_sla.policies import builtin
from desk_sla.reactions import REACTIONS
from desk_sla.timers import DUE, scheduling

SLA = Definition(
    owner="sla",
    reactions=REACTIONS,
    due=DUE,
    scheduling=scheduling,
    folding=folding,
    policies=builtin(),
)
