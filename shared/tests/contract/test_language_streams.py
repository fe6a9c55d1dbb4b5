"""Folds the facts of the streams beside the ticket."""

from datetime import datetime, timedelta

from desk.contract.streams import changes, client, clients, incident, incidents, people, person, policies
from desk.testing.controls import NOW
from desk.testing.facts import event, history


def at(hours: float) -> datetime:
    return NOW + timedelta(hours=hours)


def test_a_terminated_contact_is_not_current_until_reactivated() -> None:
    seen = people.ContactObserved(
        revision="1", instance="psa", record="7", client="acme", active=True, numbers_hash="h", full_name="Pat"
    )
    gone = people.ContactTerminated(revision="2", source="directory", at=at(1))
    back = people.ContactReactivated(revision="3", source="directory")
    states = [person.INITIAL]
    for fact in history(seen, gone, back):
        states.append(states[-1].evolve(fact))
    assert [state.contact.current for state in states] == [False, True, False, True]


def test_challenges_of_the_last_hour_are_counted() -> None:
    state = person.INITIAL
    for n, minutes in enumerate((0, 30, 59, 61)):
        sent = people.ChallengeSent(challenge=f"c{n}", ticket="t1", method="push", technician="x", expires=at(2))
        state = state.evolve(event(sent, time=NOW + timedelta(minutes=minutes)))
    assert len(state.contact.challenges) == 3
    answered = state.evolve(event(people.ChallengeAnswered(challenge="c0")))
    assert set(answered.contact.open) == {"c1", "c2", "c3"}


def test_the_tier_and_agreement_of_a_client_are_those_in_force_at_a_time() -> None:
    gold = clients.TierAssigned(before=None, after="gold", effective=at(0))
    silver = clients.TierAssigned(before="gold", after="silver", effective=at(10))
    signed = clients.AgreementObserved(agreement="a1", revision="1", kind="managed", starts=at(0), ends=at(20))
    newer = clients.AgreementObserved(agreement="a2", revision="1", kind="managed", starts=at(10))
    state = client.INITIAL
    for fact in history(gold, silver, signed, newer):
        state = state.evolve(fact)
    assert [state.tier(at(hours)) for hours in (-1, 5, 10)] == [None, "gold", "silver"]
    assert [state.agreement(at(hours)) for hours in (-1, 5, 15)] == [None, "a1", "a2"]


def test_an_approved_change_covers_its_scope_client_and_window_only() -> None:
    asked = changes.ChangeRequested(
        ticket="t1", client="acme", scope="firewall", risk="low", requested_by="x", plan="p", rollback="r"
    )
    approved = changes.ChangeApproved(by="y", window_from=at(0), window_to=at(2))
    state = changes.INITIAL
    for fact in history(asked, approved):
        state = state.evolve(fact)
    assert state.covers("firewall", "acme", at(1))
    assert not state.covers("firewall", "acme", at(2))
    assert not state.covers("firewall", "other", at(1))
    assert not state.covers("mailbox", "acme", at(1))
    assert not state.evolve(event(changes.ChangeExpired(at=at(3)))).covers("firewall", "acme", at(1))
    late = changes.ChangeApproved(by="y", window_from=at(0), window_to=at(2), retrospective=True)
    assert state.evolve(event(late)).covers("firewall", "acme", at(5))


def test_an_incident_keeps_its_children_and_vanished_is_not_resolved() -> None:
    declared = incidents.IncidentDeclared(title="Mail is down", symptom="mail", severity="major", onset=NOW)
    seen = incidents.VendorIncidentSeen(vendor="microsoft", external="EX1", state="investigating")
    gone = incidents.VendorIncidentVanished(vendor="microsoft", external="EX1", last_seen=NOW)
    child = incidents.ChildAttached(ticket="t1", episode=1, relation="same-symptom")
    state = incident.INITIAL
    for fact in history(declared, seen, gone, child):
        state = state.evolve(fact)
    assert (state.state, state.vendors, set(state.children)) == ("open", {"microsoft|EX1": "vanished"}, {"t1"})
    assert not state.evolve(event(incidents.ChildDetached(ticket="t1", episode=1, reason="other"))).children


def test_the_policy_in_force_is_the_last_published_effective_and_not_retired() -> None:
    def published(version: str, hours: float) -> policies.PolicyPublished:
        return policies.PolicyPublished(
            policy="matrix", version=version, effective_from=at(hours), content_hash="h", content={}, by="ad"
        )

    state = policies.INITIAL
    for fact in history(published("1", 0), published("2", 5)):
        state = state.evolve(fact)
    assert [state.in_force(at(hours)) for hours in (-1, 1, 6)] == [None, "1", "2"]
    retired = state.evolve(event(policies.PolicyRetired(policy="matrix", version="2", by="ad")))
    assert retired.in_force(at(6)) == "1"
