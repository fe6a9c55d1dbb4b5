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
from desk_integrations.kinds.psa.subscriptions import (
    CallbackRefused,
    PsaCallback,
    PsaSubscription,
    Subscribed,
)
from desk_integrations.kinds.psa.tickets import PsaEntryText, PsaHistoryEntry, PsaNote, PsaTicket, PsaTimeEntry
from desk_integrations.kinds.psa.writes import NewPsaNote, NewPsaTicket, NoteLookup, PsaPatch

__all__ = [
    "BEGINNING",
    "CallbackRefused",
    "NewPsaNote",
    "NewPsaTicket",
    "NoteLookup",
    "Psa",
    "PsaAgreement",
    "PsaCallback",
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
    "PsaSubscription",
    "PsaTicket",
    "PsaTimeEntry",
    "RecordType",
    "Selection",
    "Subscribed",
    "revision_of",
    "stamp",
]
