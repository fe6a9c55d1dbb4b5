"""Docs' composition root."""

from __future__ import annotations

from desk.service.definition import Definition, FactTables
from desk_docs import migrations
from desk_docs.commands import COMMANDS
from desk_docs.integrations import INTEGRATIONS
from desk_docs.reactions import REACTIONS
from desk_docs.timers import DUE, TIMERS

DOCS = Definition(
    owner="docs",
    tables=FactTables(REACTIONS, TIMERS, DUE),
    commands=COMMANDS,
    integrations=INTEGRATIONS,
    migrations=migrations.FOLDER,
)
