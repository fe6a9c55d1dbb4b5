"""The kinds of outbound calls, for all vendors."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

EFFECT_KINDS: Mapping[str, str] = MappingProxyType(
    {
        "psa-create": "creates a ticket that was opened at the desk as a record of the PSA",
        "psa-note": "adds a reply, a note or a notice to the record",
        "psa-sync": "writes status, priority, owner and other fields of the ticket to the record",
    }
)
"""Kind -> the effect of a call. Every intent that a service plans is of one of these."""
