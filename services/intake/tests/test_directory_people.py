"""Contacts and staff of a desk without a PSA: recorded once, changed, refused where others have them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from desk.contract.event import Actor, Draft
from desk.contract.streams.client import Client
from desk.contract.streams.people import ContactNumberChanged, ContactObserved, PersonErased, StaffLeft, StaffMapped
from desk.contract.streams.person import Person
from desk.decision.context import DecisionContext, unkeyed
from desk.decision.refusal import Refusal
from desk.policies import PolicyBook
from desk.testing.facts import event
from desk_intake.decisions.directory_people import AddContact, AddStaff, Contacted, add_contact, add_staff

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
CONTEXT = DecisionContext(id=UUID(int=1), actor=Actor("person", "ada"), now=NOW, policies=PolicyBook(), subject="tess")
ACME = Client(revision="1-x", instance="directory", active=True)
ERASED = PersonErased(erasure="e", keys=(), by="ada", second="bob")


def after(person: Person, *facts: Any) -> Person:
    for fact in facts:
        person = person.evolve(event(fact.data if isinstance(fact, Draft) else fact))
    return person


def contact(person: Person, client: Client = ACME, **body: Any) -> list[Draft]:
    fields = {"contact": "acme-pat", "name": "Pat Doe", "email": "pat@acme.example", "phones": ("+1 555 0100",), **body}
    return add_contact(AddContact(**fields), Contacted(person, client, "acme"), CONTEXT)


def staff(person: Person, **body: Any) -> list[Draft]:
    return add_staff(AddStaff(**{"name": "Tess Tier", "oidc_subject": "tess", **body}), person, CONTEXT)


def refusal(decide: Any, *given: Any) -> tuple[str, str]:
    with pytest.raises(Refusal) as refused:
        decide(*given)
    return refused.value.code, refused.value.detail


def observed(**fields: Any) -> ContactObserved:
    given = {"revision": "7", "instance": "psa", "record": "9", "client": "acme", "active": True, "numbers_hash": ""}
    return ContactObserved(**{**given, "full_name": "Pat", **fields})


def test_a_contact_is_recorded_once_and_is_current() -> None:
    (draft,) = contact(Person())
    assert isinstance(draft.data, ContactObserved)
    assert (draft.data.instance, draft.data.client, draft.data.upn) == ("directory", "acme", "pat@acme.example")
    person = after(Person(), draft)
    assert person.contact.current and contact(person) == []


def test_a_changed_number_is_recorded_beside_and_its_repeat_records_nothing() -> None:
    person = after(Person(), *contact(Person()))
    drafts = contact(person, phones=("+1 555 0199",))
    assert [type(draft.data) for draft in drafts] == [ContactObserved, ContactNumberChanged]
    later = after(person, *drafts)
    assert later.contact.numbers_changed == NOW
    assert contact(later, phones=("+1 555 0199",)) == []
    assert len(contact(later, phones=("+1 555 0199",), name="Pat Roe")) == 1


def test_the_revision_of_a_contact_holds_no_hash_that_can_be_guessed() -> None:
    keyed = DecisionContext(
        id=UUID(int=1),
        actor=CONTEXT.actor,
        now=NOW,
        policies=CONTEXT.policies,
        fingerprint=lambda text: f"{len(text):064}",
    )
    found = Contacted(Person(), ACME, "acme")
    (draft,) = add_contact(
        AddContact(contact="acme-pat", name="Pat Doe", email=None, upn=None, phones=()), found, keyed
    )
    assert isinstance(draft.data, ContactObserved) and draft.data.revision == f"1-{0:016}"


def test_a_contact_of_a_psa_another_client_or_a_member_of_staff_is_refused() -> None:
    of_psa = Client(revision="7", instance="psa")
    assert refusal(contact, Person(), of_psa) == ("owned_by_psa", "client: 'acme' is read from 'psa'.")
    assert refusal(contact, after(Person(), observed()))[0] == "owned_by_psa"
    elsewhere = observed(instance="directory", client="globex")
    assert refusal(contact, after(Person(), elsewhere))[0] == "other_client"
    assert refusal(contact, Person(), Client()) == ("invalid_field", "client: 'acme' is not recorded.")
    member = after(Person(), *staff(Person()))
    assert refusal(contact, member) == ("invalid_field", "contact: 'acme-pat' is the id of a staff.")
    assert refusal(contact, after(Person(), ERASED))[1] == "contact: 'acme-pat' was erased."


def test_a_member_of_staff_is_recorded_once_changed_and_comes_back() -> None:
    (draft,) = staff(Person())
    assert draft.data == StaffMapped(
        revision=1, oidc_subject="tess", full_name="Tess Tier", name_hash=unkeyed("Tess Tier")
    )
    person = after(Person(), draft)
    assert staff(person) == []
    (changed,) = staff(person, pager_user="PTESS")
    assert isinstance(changed.data, StaffMapped) and changed.data.revision == 2
    left = after(person, StaffLeft(revision=2, at=NOW))
    (back,) = staff(left)
    assert isinstance(back.data, StaffMapped) and back.data.revision == 3


def test_a_member_of_a_psa_a_contact_or_an_erased_person_is_refused() -> None:
    member = StaffMapped(revision=1, psa_member="ttier", full_name="Tess")
    assert refusal(staff, after(Person(), member)) == ("owned_by_psa", "staff: 'tess' is member 'ttier' of a PSA.")
    assert refusal(staff, after(Person(), observed())) == ("invalid_field", "staff: 'tess' is the id of a contact.")
    assert refusal(staff, after(Person(), ERASED))[1] == "staff: 'tess' was erased."
