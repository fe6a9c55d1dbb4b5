"""Intake's composition root."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter

from desk.service.definition import Definition, FactTables, PolicyTables
from desk.service.parts import Parts
from desk_intake import migrations
from desk_intake.commands import COMMANDS
from desk_intake.directory_api import directory_routes
from desk_intake.imports.api import import_routes
from desk_intake.integrations import INTEGRATIONS
from desk_intake.lookups import lookups
from desk_intake.mapping_api import mapping_routes
from desk_intake.policies import CHECKS
from desk_intake.psa.conversation.note_rows import PsaNotesView
from desk_intake.psa.directory.held_ticket_and_agreement_rows import PsaLookupsView
from desk_intake.psa.observe.record_links import PsaRecordsView
from desk_intake.psa.observe.revision_rows import PsaRevisionsView
from desk_intake.reactions import REACTIONS
from desk_intake.views.vendor_ids import VendorIdsView


def _routers(parts: Parts) -> Sequence[APIRouter]:
    return (import_routes(parts), mapping_routes(parts), directory_routes(parts))


INTAKE = Definition(
    owner="intake",
    tables=FactTables(REACTIONS),
    commands=COMMANDS,
    views=(PsaRecordsView(), PsaNotesView(), PsaLookupsView(), PsaRevisionsView(), VendorIdsView()),
    policies=PolicyTables(checks=CHECKS),
    lookups=lookups,
    routers=_routers,
    integrations=INTEGRATIONS,
    migrations=migrations.FOLDER,
)
