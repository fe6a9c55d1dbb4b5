"""Billing's composition root."""

from __future__ import annotations

from desk.calendars.named import shipped
from desk.service.composition import Definition
from desk_billing import migrations
from desk_billing.commands import COMMANDS
from desk_billing.reactions import REACTIONS
from desk_billing.timers import DUE, TIMERS
from desk_billing.views.time_entries import TimeEntriesView, lookups

BILLING = Definition(
    owner="billing",
    reactions=REACTIONS,
    commands=COMMANDS,
    timers=TIMERS,
    due=DUE,
    views=(TimeEntriesView(),),
    policies=shipped(),
    lookups=lookups,
    migrations=migrations.FOLDER,
)
