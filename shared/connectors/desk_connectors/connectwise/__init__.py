"""ConnectWise PSA in the vendor's terms: client, records, callbacks and their signatures."""

from desk_connectors.connectwise.callback import Callback, CallbackInvalid, parse_callback
from desk_connectors.connectwise.client import ConnectWise
from desk_connectors.connectwise.conditions import Condition, Field
from desk_connectors.connectwise.drafts import NewNote, NewTicket, NewTimeEntry, Ref
from desk_connectors.connectwise.paging import Listing
from desk_connectors.connectwise.patch import Patch
from desk_connectors.connectwise.settings import ConnectWiseSettings
from desk_connectors.connectwise.signature import KeySource, verified, verify

__all__ = [
    "Callback",
    "CallbackInvalid",
    "Condition",
    "ConnectWise",
    "ConnectWiseSettings",
    "Field",
    "KeySource",
    "Listing",
    "NewNote",
    "NewTicket",
    "NewTimeEntry",
    "Patch",
    "Ref",
    "parse_callback",
    "verified",
    "verify",
]
