"""Decides the facts of clients, agreements and devices: the differences between PSA records and recorded state.

Pure: (record, recorded client, context) -> drafts.
"""

from __future__ import annotations

from collections.abc import Callable

from desk.contract.event import Draft
from desk.contract.streams import clients as c
from desk.contract.streams.client import Client
from desk.decision.context import DecisionContext
from desk_intake.psa.ids import agreement_id, device_id
from desk_integrations.instances.psa_document import PsaInstanceSettings, Tiers
from desk_integrations.kinds.psa import BEGINNING, PsaAgreement, PsaClient, PsaDevice, revision_of

ClientDecision = Callable[[Client, DecisionContext], list[Draft]]


def company(found: PsaClient, inactive: frozenset[str], instance: PsaInstanceSettings, client: Client) -> list[Draft]:
    """Record the client's data if they changed."""
    active = not found.deleted and found.status not in inactive
    revision = revision_of(found.changed_at, active, found.kinds, *((found.zone,) if found.zone else ()))
    drafts: list[Draft] = []
    if revision != client.revision:
        observed = c.ClientObserved(
            revision=revision,
            instance=instance.id,
            record=found.record,
            active=active,
            title=found.title,
            zone=found.zone,
            kinds=found.kinds,
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


def agreement(
    found: PsaAgreement, instance: PsaInstanceSettings, client: Client, context: DecisionContext
) -> list[Draft]:
    """Record one contract of a client."""
    key, revision = agreement_id(instance.id, found.record), found.revision
    kept = client.agreements.get(key)
    if kept is not None and kept.revision.startswith(revision):
        if found.over or kept.ends == found.ends:
            return []
        # recorded as deleted, but present and unchanged
        revision = f"{kept.revision}-r"
    observed = c.AgreementObserved(
        agreement=key,
        revision=revision,
        kind=found.kind,
        starts=found.starts or BEGINNING,
        ends=found.ends,
        covers=found.covers,
        rates=found.rates,
    )
    if found.over:
        at = found.ended_at if found.ended_at and found.ended_at < context.now else context.now
        return [Draft(data=observed), Draft(data=c.AgreementEnded(agreement=key, at=at))]
    return [Draft(data=observed)]


def agreement_gone(key: str, client: Client, context: DecisionContext) -> list[Draft]:
    """End a contract that was deleted in the PSA, unless it had ended."""
    kept = client.agreements.get(key)
    if kept is None or not kept.revision or (kept.ends is not None and kept.ends <= context.now):
        return []
    return [Draft(data=c.AgreementEnded(agreement=key, at=context.now))]


def device(found: PsaDevice, instance: PsaInstanceSettings, client: Client) -> list[Draft]:
    """Map a device of the client, or unmap it if it is inactive."""
    key = device_id(instance.id, found.record)
    held = client.devices.get(key)
    before = held or client.unmapped.get(key)
    if not found.active:
        return device_gone(key, client)
    ids = {**(before.ids if before else {}), "psa": found.record}
    asset_class = instance.asset_classes.get(found.kind) or (before.asset_class if before else None)
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
