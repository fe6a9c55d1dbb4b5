"""The composition root of sla."""

from __future__ import annotations

from desk.service.definition import Definition, FactTables, PolicyTables
from desk_sla import migrations
from desk_sla.api import routers
from desk_sla.clocks.state import folding
from desk_sla.commands import COMMANDS
from desk_sla.documents import CHECKS, DOCUMENTS
from desk_sla.policies import builtin
from desk_sla.reactions import REACTIONS
from desk_sla.timers import DUE, scheduling
from desk_sla.views.breaches import BreachesView
from desk_sla.views.clocks import ClocksView

SLA = Definition(
    owner="sla",
    tables=FactTables(REACTIONS, due=DUE, scheduling=scheduling),
    commands=COMMANDS,
    views=(ClocksView(), BreachesView()),
    policies=PolicyTables(builtin(), DOCUMENTS, CHECKS),
    routers=routers,
    migrations=migrations.FOLDER,
    folding=folding,
)
