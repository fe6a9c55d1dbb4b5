"""Triage's composition root."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter

from desk.service.definition import Definition, FactTables, PolicyTables
from desk.service.parts import Parts
from desk_triage import migrations
from desk_triage.commands import COMMANDS
from desk_triage.incidents.commands import command_routes
from desk_triage.incidents.reads import read_routes
from desk_triage.incidents.view import IncidentsView
from desk_triage.integrations import INTEGRATIONS
from desk_triage.lookups import lookups
from desk_triage.policies import CHECKS
from desk_triage.reactions import REACTIONS
from desk_triage.timers import DUE, scheduling
from desk_triage.views import would_refuse


def _routers(parts: Parts) -> Sequence[APIRouter]:
    return (*would_refuse.routers(parts), command_routes(parts), read_routes(parts))


TRIAGE = Definition(
    owner="triage",
    tables=FactTables(REACTIONS, due=DUE, scheduling=scheduling),
    commands=COMMANDS,
    lookups=lookups,
    views=(would_refuse.WouldRefuseView(), IncidentsView()),
    policies=PolicyTables(checks=CHECKS),
    routers=_routers,
    integrations=INTEGRATIONS,
    migrations=migrations.FOLDER,
)
