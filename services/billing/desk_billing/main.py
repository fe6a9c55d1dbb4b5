"""Billing's composition root."""

from __future__ import annotations

from desk.calendars.named import shipped
from desk.service.definition import Definition, FactTables, PolicyTables
from desk_billing import migrations
from desk_billing.api import routers
from desk_billing.commands import COMMANDS
from desk_billing.documents import CHECKS
from desk_billing.reactions import REACTIONS
from desk_billing.timers import DUE, TIMERS
from desk_billing.views.time_entries import TimeEntriesView, lookups

BILLING = Definition(
    owner="billing",
    tables=FactTables(REACTIONS, TIMERS, DUE),
    commands=COMMANDS,
    views=(TimeEntriesView(),),
    policies=PolicyTables(shipped(), checks=CHECKS),
    routers=routers,
    lookups=lookups,
    migrations=migrations.FOLDER,
)
