"""Decides the facts of clients, agreements and devices: the differences between PSA records and recorded state.

Pure: (record, recorded client, context) -> drafts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime

from desk.contract.event import Draft
from desk.contract.streams import clients as c
from desk.contract.streams.client import Client
from desk.decision.context import DecisionContext
from desk_connectors.connectwise.records import Agreement, Company, Configuration, Info, stamp
from desk_intake.psa.config import PsaInstanceSettings, Tiers
from desk_intake.psa.connectwise.zones import iana
from desk_intake.psa.ids import agreement_id, device_id

BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
ClientDecision = Callable[[Client, DecisionContext], list[Draft]]
OVER = frozenset({"Cancelled", "Expired", "Inactive"})


def revision_of(info: Info, *parts: object) -> str:
    """The time of a record's last change, and a short hash of codes and flags (no text, so nothing can be guessed)."""
    digest = hashlib.sha256(repr(parts).encode()).hexdigest()[:12]
    return f"{stamp(info.last_updated or BEGINNING)}-{digest}"


def company(found: Company, inactive: frozenset[int], instance: PsaInstanceSettings, client: Client) -> list[Draft]:
    """Record the client's data if they changed."""
    active = not found.deleted_flag and not (found.status and found.status.id in inactive)
    kinds = tuple(sorted(kind.name for kind in found.types))
    zone = iana(found.time_zone_setup.name, instance.zones) if found.time_zone_setup else None
    revision = revision_of(found.info, active, kinds, *((zone,) if zone else ()))
    drafts: list[Draft] = []
    if revision != client.revision:
        observed = c.ClientObserved(
            revision=revision,
            instance=instance.id,
            record=str(found.id),
            active=active,
            title=found.name or found.identifier,
            zone=zone,
            kinds=kinds,
        )
        drafts.append(Draft(data=observed))
    return drafts


def tier(tiers: Tiers, client: Client, context: DecisionContext) -> list[Draft]:
    """Assign the client's tier by its contracts in force, else by its type. The first one holds from the beginning."""
    now = context.now
    agreements = [a.kind for a in client.agreements.values() if a.in_force(now) and a.kind in tiers.agreement_types]
    companies = [kind for kind in client.kinds if kind in tiers.company_types]
    by_company = tiers.company_types[companies[0]] if companies else tiers.default
    wanted = tiers.agreement_types[agreements[-1]] if agreements else by_company
    current = client.tier(now)
    if not client.revision or wanted is None or wanted == current:
        return []
    effective = now if current else BEGINNING
    return [Draft(data=c.TierAssigned(before=current, after=wanted, effective=effective))]


def agreement(found: Agreement, instance: PsaInstanceSettings, client: Client, context: DecisionContext) -> list[Draft]:
    """Record one contract of a client."""
    key = agreement_id(instance.id, found.id)
    over = found.cancelled_flag or found.agreement_status in OVER
    starts, ends = found.start_date or BEGINNING, None if found.no_ending_date_flag else found.end_date
    covers = tuple(
        name
        for name, covered in (
            ("time", found.cover_agreement_time),
            ("product", found.cover_agreement_product),
            ("expense", found.cover_agreement_expense),
        )
        if covered
    )
    revision = revision_of(found.info, found.type.id, starts, ends, covers, over, found.bill_time)
    kept = client.agreements.get(key)
    if kept is not None and kept.revision.startswith(revision):
        if over or kept.ends == ends:
            return []
        # recorded as deleted, but present and unchanged
        revision = f"{kept.revision}-r"
    observed = c.AgreementObserved(
        agreement=key,
        revision=revision,
        kind=found.type.name,
        starts=starts,
        ends=ends,
        covers=covers,
        rates=found.bill_time or None,
    )
    if over:
        at = found.end_date if found.end_date and found.end_date < context.now else context.now
        return [Draft(data=observed), Draft(data=c.AgreementEnded(agreement=key, at=at))]
    return [Draft(data=observed)]


def agreement_gone(key: str, client: Client, context: DecisionContext) -> list[Draft]:
    """End a contract that was deleted in the PSA, unless it had ended."""
    kept = client.agreements.get(key)
    if kept is None or not kept.revision or (kept.ends is not None and kept.ends <= context.now):
        return []
    return [Draft(data=c.AgreementEnded(agreement=key, at=context.now))]


def configuration(found: Configuration, instance: PsaInstanceSettings, client: Client) -> list[Draft]:
    """Map a device of the client, or unmap it if it is inactive."""
    key = device_id(instance.id, found.id)
    held = client.devices.get(key)
    before = held or client.unmapped.get(key)
    if not found.active_flag:
        return device_gone(key, client)
    kind = found.type.name if found.type else ""
    ids = {**(before.ids if before else {}), "psa": str(found.id)}
    asset_class = instance.asset_classes.get(kind) or (before.asset_class if before else None)
    if held is not None and (held.ids, held.asset_class) == (ids, asset_class):
        return []
    mapped = c.DeviceMapped(
        device=key,
        revision=before.revision + 1 if before else 1,
        ids=ids,
        asset_class=asset_class,
        hostname=found.name or None,
    )
    return [Draft(data=mapped)]


def device_gone(device: str, client: Client) -> list[Draft]:
    """Unmap a device that was deleted, deactivated or moved to another company."""
    held = client.devices.get(device)
    if held is None:
        return []
    return [Draft(data=c.DeviceUnmapped(device=device, revision=held.revision + 1, by="psa"))]
