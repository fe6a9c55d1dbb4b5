"""Decides the facts of contacts and members, and the caller holds that follow from a contact's leaving or return.

Pure: (record, recorded person, context) -> drafts.
"""

from __future__ import annotations

from desk.contract.event import Draft
from desk.contract.streams import people as p
from desk.contract.streams.person import Person
from desk.contract.ticket.intake.caller import CallerHoldCleared, CallerRevoked
from desk.contract.ticket.ticket import Ticket
from desk.decision.context import DecisionContext
from desk_intake.psa.ids import client_id
from desk_integrations.instances.psa_document import PsaInstanceSettings
from desk_integrations.kinds.psa import PsaContact, PsaMember, revision_of

BACK = "The contact is active in the PSA again."


def contact(found: PsaContact, instance: PsaInstanceSettings, person: Person, context: DecisionContext) -> list[Draft]:
    """Record a contact's data, whether they left or returned, and whether their numbers changed."""
    before = person.contact
    active = found.active
    numbers = context.fingerprint(",".join(sorted(found.phones)))
    client = client_id(instance.id, found.client) if found.client else ""
    revision = revision_of(found.changed_at, active, client, found.kinds, numbers)
    if before.revision.startswith(revision):
        # recorded as deleted, but present and unchanged
        back = active and before.terminated == "psa"
        return [Draft(data=p.ContactReactivated(revision=f"{before.revision}-r", source="psa"))] if back else []
    observed = p.ContactObserved(
        revision=revision,
        instance=instance.id,
        record=found.record,
        client=client,
        active=active,
        numbers_hash=numbers,
        full_name=found.full_name,
        email=found.emails[0] if found.emails else None,
        upn=found.emails[0] if found.emails else None,
        kinds=found.kinds,
    )
    changed = [Draft(data=observed)]
    if before.revision and before.numbers_hash != numbers:
        change = p.ContactNumberChanged(revision=f"{revision}-n", at=context.now, numbers_hash=numbers)
        changed.append(Draft(data=change))
    return [*changed, *_left(revision, active, person, context)]


def _left(revision: str, active: bool, person: Person, context: DecisionContext) -> list[Draft]:
    before = person.contact
    if not active and before.terminated is None and (before.active or not before.revision):
        return [Draft(data=p.ContactTerminated(revision=f"{revision}-t", source="psa", at=context.now))]
    if active and before.terminated == "psa":
        return [Draft(data=p.ContactReactivated(revision=f"{revision}-r", source="psa"))]
    return []


def contact_gone(person: Person, context: DecisionContext) -> list[Draft]:
    """Record that the contact was deleted in the PSA: a hard stop like leaving."""
    before = person.contact
    if not before.revision or before.terminated is not None:
        return []
    terminated = p.ContactTerminated(revision=f"{before.revision}-d", source="psa", at=context.now)
    return [Draft(data=terminated)]


def member_gone(person: Person, context: DecisionContext) -> list[Draft]:
    """Record that the member was deleted in the PSA."""
    staff = person.staff
    if not staff.revision or staff.left is not None:
        return []
    return [Draft(data=p.StaffLeft(revision=staff.revision + 1, at=context.now))]


def hold_cleared(contact: str, revision: str, ticket: Ticket, _context: DecisionContext) -> list[Draft]:
    """End the hold of a contact who is with the client again. The caller must still be verified again."""
    if not ticket.intake.caller_hold:
        return []
    return [Draft(data=CallerHoldCleared(contact=contact, revision=revision, reason=BACK))]


def member(found: PsaMember, person: Person, context: DecisionContext) -> list[Draft]:
    """Record a member of the MSP's staff; programs are no staff."""
    staff = person.staff
    if found.program:
        return []
    if not found.active:
        return member_gone(person, context)
    if staff.revision and staff.psa_member == found.identifier and staff.left is None:
        return []
    mapped = p.StaffMapped(
        revision=staff.revision + 1,
        oidc_subject=staff.oidc_subject,
        psa_member=found.identifier,
        pager_user=staff.pager_user,
        rmm_user=staff.rmm_user,
        full_name=found.full_name,
    )
    return [Draft(data=mapped)]


def caller_revoked(contact: str, person: Person, ticket: Ticket, _context: DecisionContext) -> list[Draft]:
    """Revoke the caller of an open ticket because the contact left."""
    source = person.contact.terminated
    theirs = ticket.intake.contact == contact and not ticket.intake.caller_hold
    if source is None or not theirs:
        return []
    return [Draft(data=CallerRevoked(contact=contact, revision=person.contact.revision, source=source))]
