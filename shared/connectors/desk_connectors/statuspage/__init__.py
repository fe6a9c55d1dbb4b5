"""The public API v2 of a Statuspage page in its own terms: client, settings, records."""

from desk_connectors.statuspage.client import Statuspage
from desk_connectors.statuspage.records import Component, Incident, IncidentUpdate, Summary, read_summary
from desk_connectors.statuspage.settings import StatuspageSettings

__all__ = [
    "Component",
    "Incident",
    "IncidentUpdate",
    "Statuspage",
    "StatuspageSettings",
    "Summary",
    "read_summary",
]
