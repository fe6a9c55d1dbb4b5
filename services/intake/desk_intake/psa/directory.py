"""Clients, contacts, agreements, devices and members as the PSA tells them: the facts that differ from what is known.

Pure: (record, what is known, deciding) -> drafts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime

from desk.deciding import Deciding
from desk.streams import clients as c
from desk.streams import people as p
from desk.streams.client import Client
from desk.streams.person import Person
from desk.ticket.event import Draft
from desk_connectors.connectwise.records import Agreement, Company, Configuration, Contact, Info, Member, stamp
from desk_intake.psa.config import PsaInstance, Tiers
from desk_intake.psa.ids import agreement_id, client_id, device_id

BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
ClientDecision = Callable[[Client, Deciding], list[Draft]]
OVER = frozenset({"Cancelled", "Expired", "Inactive"})


def revision_of(info: Info, *parts: object) -> str:
    """When a record changed last, and a short hash of codes and flags: no text goes in, so nothing can be guessed."""
    digest = hashlib.sha256(repr(parts).encode()).hexdigest()[:12]
    return f"{stamp(info.last_updated or BEGINNING)}-{digest}"


def company(found: Company, inactive: frozenset[int], instance: PsaInstance, known: Client) -> list[Draft]:
    """The client as the PSA tells it."""
    active = not found.deleted_flag and not (found.status and found.status.id in inactive)
    kinds = tuple(sorted(kind.name for kind in found.types))
    revision = revision_of(found.info, active, kinds)
    drafts: list[Draft] = []
    if revision != known.revision:
        zone = found.time_zone_setup.name if found.time_zone_setup and "/" in found.time_zone_setup.name else None
        observed = c.ClientObserved(
            revision=revision,
            instance=instance.id,
            record=str(found.id),
            active=active,
            title=found.name,
            zone=zone,
            kinds=kinds,
        )
        drafts.append(Draft(data=observed))
    return drafts


def tier(tiers: Tiers, known: Client, deciding: Deciding) -> list[Draft]:
    """The client's tier by its contracts in force, else by its type. The first holds from the beginning."""
    now = deciding.now
    agreements = [a.kind for a in known.agreements.values() if a.in_force(now) and a.kind in tiers.agreement_types]
    companies = [kind for kind in known.kinds if kind in tiers.company_types]
    by_company = tiers.company_types[companies[0]] if companies else tiers.default
    wanted = tiers.agreement_types[agreements[-1]] if agreements else by_company
    current = known.tier(now)
    if not known.revision or wanted is None or wanted == current:
        return []
    effective = now if current else BEGINNING
    return [Draft(data=c.TierAssigned(before=current, after=wanted, effective=effective))]


def agreement(found: Agreement, instance: PsaInstance, known: Client, deciding: Deciding) -> list[Draft]:
    """One contract of a client."""
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
    if known.agreements.get(key) is not None and known.agreements[key].revision == revision:
        return []
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
        at = found.end_date if found.end_date and found.end_date < deciding.now else deciding.now
        return [Draft(data=observed), Draft(data=c.AgreementEnded(agreement=key, at=at))]
    return [Draft(data=observed)]


def configuration(found: Configuration, instance: PsaInstance, known: Client) -> list[Draft]:
    """A device of the client."""
    key = device_id(instance.id, found.id)
    held = known.devices.get(key)
    if not found.active_flag:
        return device_gone(key, known)
    kind = found.type.name if found.type else ""
    ids = {**(held.ids if held else {}), "psa": str(found.id)}
    asset_class = instance.asset_classes.get(kind) or (held.asset_class if held else None)
    if held is not None and (held.ids, held.asset_class) == (ids, asset_class):
        return []
    mapped = c.DeviceMapped(
        device=key, revision=held.revision + 1 if held else 1, ids=ids, asset_class=asset_class, hostname=found.name
    )
    return [Draft(data=mapped)]


def device_gone(device: str, known: Client) -> list[Draft]:
    """The device was deleted, switched off or moved to another company."""
    held = known.devices.get(device)
    if held is None:
        return []
    return [Draft(data=c.DeviceUnmapped(device=device, revision=held.revision + 1, by="psa"))]


def contact(found: Contact, instance: PsaInstance, known: Person, deciding: Deciding) -> list[Draft]:
    """A client's person: what is on record, whether they left or came back, whether their numbers changed."""
    before = known.contact
    active = not found.inactive_flag
    numbers = deciding.fingerprint(",".join(sorted(found.reach("Phone"))))
    emails = found.reach("Email")
    client = client_id(instance.id, found.company.id) if found.company else ""
    kinds = tuple(sorted(kind.name for kind in found.types))
    revision = revision_of(found.info, active, client, kinds, numbers)
    if before.revision.startswith(revision):
        return []
    observed = p.ContactObserved(
        revision=revision,
        instance=instance.id,
        record=str(found.id),
        client=client,
        active=active,
        numbers_hash=numbers,
        full_name=f"{found.first_name} {found.last_name}".strip(),
        email=emails[0] if emails else None,
        upn=emails[0] if emails else None,
        kinds=kinds,
    )
    changed = [Draft(data=observed)]
    if before.revision and before.numbers_hash != numbers:
        change = p.ContactNumberChanged(revision=f"{revision}-n", at=deciding.now, numbers_hash=numbers)
        changed.append(Draft(data=change))
    return [*changed, *_left(revision, active, known, deciding)]


def _left(revision: str, active: bool, known: Person, deciding: Deciding) -> list[Draft]:
    before = known.contact
    if not active and before.terminated is None and (before.active or not before.revision):
        return [Draft(data=p.ContactTerminated(revision=f"{revision}-t", source="psa", at=deciding.now))]
    if active and before.terminated == "psa":
        return [Draft(data=p.ContactReactivated(revision=f"{revision}-r", source="psa"))]
    return []


def contact_gone(known: Person, deciding: Deciding) -> list[Draft]:
    """The contact was deleted in the PSA: a hard stop like leaving."""
    before = known.contact
    if not before.revision or before.terminated is not None:
        return []
    terminated = p.ContactTerminated(revision=f"{before.revision}-d", source="psa", at=deciding.now)
    return [Draft(data=terminated)]


def member(found: Member, known: Person, deciding: Deciding) -> list[Draft]:
    """One of us; programs are nobody's staff."""
    staff = known.staff
    if found.license_class == "A":
        return []
    if found.inactive_flag:
        gone = staff.revision and staff.left is None
        return [Draft(data=p.StaffLeft(revision=staff.revision + 1, at=deciding.now))] if gone else []
    if staff.revision and staff.psa_member == found.identifier and staff.left is None:
        return []
    mapped = p.StaffMapped(
        revision=staff.revision + 1,
        oidc_subject=staff.oidc_subject,
        psa_member=found.identifier,
        pager_user=staff.pager_user,
        rmm_user=staff.rmm_user,
        full_name=f"{found.first_name} {found.last_name}".strip(),
    )
    return [Draft(data=mapped)]
