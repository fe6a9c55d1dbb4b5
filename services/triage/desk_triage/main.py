"""Triage's composition root."""

from __future__ import annotations

from desk.service.composition import Definition
from desk_triage import migrations
from desk_triage.commands import COMMANDS
from desk_triage.policies import CHECKS
from desk_triage.reactions import REACTIONS
from desk_triage.views.would_refuse import WouldRefuseView, routers

TRIAGE = Definition(
    owner="triage",
    reactions=REACTIONS,
    commands=COMMANDS,
    views=(WouldRefuseView(),),
    checks=CHECKS,
    routers=routers,
    migrations=migrations.FOLDER,
)
