"""The PSA port: its records in the desk's terms, its writes, its capabilities as data."""

from desk_integrations.kinds.psa.directory import (
    PsaAgreement,
    PsaClient,
    PsaContact,
    PsaDevice,
    PsaMember,
    PsaStatus,
)
from desk_integrations.kinds.psa.port import (
    Psa,
    PsaCapabilities,
    PsaListing,
    RecordType,
    Selection,
)
from desk_integrations.kinds.psa.revision import BEGINNING, revision_of, stamp
from desk_integrations.kinds.psa.tickets import PsaEntryText, PsaHistoryEntry, PsaNote, PsaTicket, PsaTimeEntry
from desk_integrations.kinds.psa.writes import NewPsaNote, NewPsaTicket, NoteLookup, PsaPatch

__all__ = [
    "BEGINNING",
    "NewPsaNote",
    "NewPsaTicket",
    "NoteLookup",
    "Psa",
    "PsaAgreement",
    "PsaCapabilities",
    "PsaClient",
    "PsaContact",
    "PsaDevice",
    "PsaEntryText",
    "PsaHistoryEntry",
    "PsaListing",
    "PsaMember",
    "PsaNote",
    "PsaPatch",
    "PsaStatus",
    "PsaTicket",
    "PsaTimeEntry",
    "RecordType",
    "Selection",
    "revision_of",
    "stamp",
]
