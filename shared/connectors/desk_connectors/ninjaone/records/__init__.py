"""Records of the vendor, by the group of calls that answers them."""

from desk_connectors.ninjaone.records.activity import Activity, Alert
from desk_connectors.ninjaone.records.device import Device, Organization, SearchHit
from desk_connectors.ninjaone.records.patch import OsPatchInstall, SoftwarePatchInstall
from desk_connectors.ninjaone.records.reading import Record, instant, read

__all__ = [
    "Activity",
    "Alert",
    "Device",
    "Organization",
    "OsPatchInstall",
    "Record",
    "SearchHit",
    "SoftwarePatchInstall",
    "instant",
    "read",
]
