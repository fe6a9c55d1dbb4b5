"""Intake's facts about the ticket's asset: candidates as the sources answered, and links, which a person makes."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from desk.contract.event import Payload, Spec, Text


class CandidateDevice(msgspec.Struct, frozen=True, omit_defaults=True):
    """A device that the ticket may be about. `device` is ours, None while the vendor's id `external` is not mapped.

    `why` lists the attributes that matched, the strongest first.
    """

    external: str
    confidence: Literal["exact", "probable"]
    why: tuple[str, ...]
    device: str | None = None
    hostname: Text | None = None


class AssetCandidatesCollected(Payload, frozen=True, kw_only=True):
    """Step 2: devices that carry the reported host name or that the contact was the last to log on to.

    `source` is the instance that was asked at `asked_at` about `contact` of `client`. `reason` is a code that says why
    the state is `unknown`. `omitted` counts candidates beyond those listed; `unavailable` names parts of the search
    that were not answered.
    """

    spec = Spec("intake", ("snapshot",))
    snapshot: str
    source: str
    state: Literal["clear", "match", "unknown"]
    client: str
    asked_at: datetime
    contact: str | None = None
    candidates: tuple[CandidateDevice, ...] = ()
    omitted: int = 0
    unavailable: tuple[str, ...] = ()
    reason: str = ""


def subject_of(client: str, contact: str | None) -> str:
    """The subject of a search: the client, and the contact where there is one."""
    return f"{client}|{contact or ''}"


class AssetLinked(Payload, frozen=True, kw_only=True):
    """Step 2: the device (and its user) that the ticket is about was linked."""

    spec = Spec("intake", ("device",))
    link: str
    device: str
    rmm: str | None = None
    asset_class: str | None = None
    upn: Text | None = None
    related: tuple[str, ...] = ()
    confidence: Literal["exact", "probable", "person"] = "person"
    candidates: tuple[str, ...] = ()
    text_hash: str = ""


class AssetUnlinked(Payload, frozen=True, kw_only=True):
    """The link was wrong."""

    spec = Spec("intake", ("link",))
    link: str
    reason: Text


class AssetLinkWaived(Payload, frozen=True, kw_only=True):
    """Step 2: the link to a device was waived, for a listed reason."""

    spec = Spec("intake", ())
    reason: str


FACTS: tuple[type[Payload], ...] = (AssetCandidatesCollected, AssetLinked, AssetUnlinked, AssetLinkWaived)
