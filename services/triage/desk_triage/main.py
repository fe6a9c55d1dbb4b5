"""Triage's composition root."""

from __future__ import annotations

from desk.service.definition import Definition, FactTables, PolicyTables
from desk_triage import migrations
from desk_triage.commands import COMMANDS
from desk_triage.integrations import INTEGRATIONS
from desk_triage.lookups import lookups
from desk_triage.policies import CHECKS
from desk_triage.reactions import REACTIONS
from desk_triage.timers import DUE, scheduling
from desk_triage.views.would_refuse import WouldRefuseView, routers

TRIAGE = Definition(
    owner="triage",
    tables=FactTables(REACTIONS, due=DUE, scheduling=scheduling),
    commands=COMMANDS,
    lookups=lookups,
    views=(WouldRefuseView(),),
    policies=PolicyTables(checks=CHECKS),
    routers=routers,
    integrations=INTEGRATIONS,
    migrations=migrations.FOLDER,
)
