"""The kinds of outbound calls: those to a PSA, and those of the collector, which name their instance.

A kind of the collector is `<kind of vendor>/<instance>/<evidence>`, such as `rmm/ninja-main/device-changes`; a stop of
its beginning (`rmm`, `rmm/ninja-main`) holds back all calls below.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

EFFECT_KINDS: Mapping[str, str] = MappingProxyType(
    {
        "psa-create": "creates a ticket that was opened at the desk as a record of the PSA",
        "psa-note": "adds a reply, a note or a notice to the record",
        "psa-sync": "writes status, priority, owner and other fields of the ticket to the record",
    }
)
"""Kind of the PSA's calls -> the purpose of such a call."""
VENDOR_KINDS = ("documentation", "monitoring", "paging", "rmm", "status")
"""Kinds of vendors whose calls name their instance."""


def stoppable(names: Iterable[str]) -> list[str]:
    """Every kind that a stop may name in a service with these kinds, in order."""
    parts = [name.split("/") for name in (*EFFECT_KINDS, *VENDOR_KINDS, *names)]
    return sorted({"/".join(part[:end]) for part in parts for end in range(1, len(part) + 1)})


def may_stop(name: str, names: Iterable[str]) -> bool:
    """Whether a stop may name this kind. An instance is checked where its kind of vendor is called; a stop goes to
    every service, and the others take it as it is."""
    below = name.partition("/")[0] + "/"
    called = [one for one in names if one.startswith(below)]
    return name in stoppable(names) or (not called and below[:-1] in VENDOR_KINDS)
