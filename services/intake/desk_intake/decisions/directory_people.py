"""People of the desk's own directory: contacts of its clients, and the MSP's staff."""

from __future__ import annotations

from typing import NamedTuple

from pydantic import Field

from desk.contract.bounds import Code
from desk.contract.event import Draft
from desk.contract.streams.client import Client
from desk.contract.streams.people import ContactNumberChanged, ContactObserved, StaffMapped
from desk.contract.streams.person import Person
from desk.decision.command_body import Body
from desk.decision.context import DecisionContext
from desk.decision.refusal import Refusal
from desk_intake.decisions.directory import INSTANCE, ensure_recorded, next_revision


class AddContact(Body):
    contact: Code = Field(description="Id of the contact", examples=["acme-pat"])
    name: str = Field(min_length=1, max_length=200, description="Full name", examples=["Pat Doe"])
    email: str | None = Field(None, max_length=320, description="Address for replies and summaries")
    upn: str | None = Field(None, max_length=320, description="User name at the client, if it is not the address")
    phones: tuple[Code, ...] = Field((), max_length=10, description="Numbers on record, for a call back")


class AddStaff(Body):
    name: str = Field(min_length=1, max_length=200, description="Full name", examples=["Tess Tier"])
    oidc_subject: str | None = Field(None, max_length=255, description="Subject of the person's tokens")
    pager_user: str | None = Field(None, max_length=255, description="User at the paging vendor")
    rmm_user: str | None = Field(None, max_length=255, description="User at the RMM")


class Contacted(NamedTuple):
    """The person of that id, and the client, with its id."""

    person: Person
    client: Client
    name: str


def add_contact(body: AddContact, found: Contacted, context: DecisionContext) -> list[Draft]:
    """The contact as a fact, and that its numbers changed; nothing where all of it is recorded so.

    A number that changed does not count for a call back for seven days, as one that changed in a PSA.
    """
    contact = found.person.contact
    _ensure_contact(body.contact, found)
    numbers = context.fingerprint(",".join(sorted(body.phones)))
    revision = next_revision(contact.revision, context, body.name, body.email, body.upn, sorted(body.phones))
    if revision == contact.revision:
        return []
    observed = ContactObserved(
        revision=revision,
        instance=INSTANCE,
        record=body.contact,
        client=found.name,
        active=True,
        numbers_hash=numbers,
        full_name=body.name,
        email=body.email,
        upn=body.upn or body.email,
    )
    drafts = [Draft(data=observed)]
    if contact.revision and contact.numbers_hash != numbers:
        changed = ContactNumberChanged(revision=f"{revision}-n", at=context.now, numbers_hash=numbers)
        drafts.append(Draft(data=changed))
    return drafts


def _ensure_contact(name: str, found: Contacted) -> None:
    contact = found.person.contact
    ensure_recorded(found.client, found.name)
    _ensure_free(name, found.person, contact.revision == "", "contact")
    if contact.revision and contact.instance != INSTANCE:
        raise Refusal("owned_by_psa", f"contact: {name!r} is read from {contact.instance!r}.")
    if contact.client not in ("", found.name):
        raise Refusal("other_client", f"contact: {name!r} belongs to another client.")


def add_staff(body: AddStaff, person: Person, context: DecisionContext) -> list[Draft]:
    """The member of staff as a fact; nothing where it is recorded so."""
    staff = person.staff
    _ensure_free(context.subject, person, staff.revision == 0, "staff")
    if staff.psa_member is not None:
        raise Refusal("owned_by_psa", f"staff: {context.subject!r} is member {staff.psa_member!r} of a PSA.")
    name_hash = context.fingerprint(body.name)
    wanted = (name_hash, body.oidc_subject, body.pager_user, body.rmm_user)
    present = (staff.name_hash, staff.oidc_subject, staff.pager_user, staff.rmm_user)
    if staff.revision and staff.left is None and wanted == present:
        return []
    mapped = StaffMapped(
        revision=staff.revision + 1,
        oidc_subject=body.oidc_subject,
        pager_user=body.pager_user,
        rmm_user=body.rmm_user,
        full_name=body.name,
        name_hash=name_hash,
    )
    return [Draft(data=mapped)]


def _ensure_free(name: str, person: Person, new: bool, kind: str) -> None:
    """Refuse an id that a person of the other kind has, or one whose texts were erased."""
    other = "staff" if kind == "contact" else "contact"
    taken = person.staff.revision if kind == "contact" else person.contact.revision
    if person.erased or (new and taken):
        why = "was erased" if person.erased else f"is the id of a {other}"
        raise Refusal("invalid_field", f"{kind}: {name!r} {why}.", remedy="Choose another id.")
