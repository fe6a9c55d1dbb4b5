"""Docs' composition root."""

from __future__ import annotations

from desk.service.composition import Definition
from desk_docs.commands import COMMANDS
from desk_docs.reactions import REACTIONS
from desk_docs.timers import DUE, TIMERS

DOCS = Definition(owner="docs", reactions=REACTIONS, commands=COMMANDS, timers=TIMERS, due=DUE)
