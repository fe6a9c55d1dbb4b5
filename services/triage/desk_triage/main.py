"""Triage's composition root."""

from __future__ import annotations

from desk.hosting import Definition
from desk_triage.commands import COMMANDS
from desk_triage.reactions import REACTIONS

TRIAGE = Definition(owner="triage", reactions=REACTIONS, commands=COMMANDS)
