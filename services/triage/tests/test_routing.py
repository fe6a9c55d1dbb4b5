"""The queue of a new ticket, and the tier of a queue, whoever placed the ticket there."""

from __future__ import annotations

import pytest

from desk.contract.event import Draft
from desk.contract.ticket.intake import psa
from desk.contract.ticket.ticket import Status, status
from desk.contract.ticket.triage import dispatch as d
from desk.contract.ticket.triage import ends as en
from desk.policies import PolicyBook, builtin
from desk.testing import controls as c
from desk.testing.given import Story
from desk_triage.decisions.psa_ruling import rule_observation
from desk_triage.reactions import REACTIONS

from .test_judge_reply import replied
from .triage_commands import send


def routed(**queues: str) -> PolicyBook:
    """The built-in policies with these queues and their tiers; the first is the default."""
    book = PolicyBook()
    names = {name: {"tier": tier} for name, tier in queues.items()}
    book.put("routing", "2", {**builtin("routing"), "default_queue": next(iter(names)), "queues": names})
    return book


def moved(story: Story, number: int, after: str | None) -> Story:
    """The PSA shows the ticket in that queue."""
    change = {"queue": psa.Change(story.ticket.triage.queue, after)}
    observed = c.observed(number, "none", changed=change, status_id=None)
    outcome = story.receives(rule_observation, observed)
    assert "queued" in outcome.names
    for draft in outcome.drafts:
        story.record(draft)
    return story


def from_psa() -> Story:
    return Story().given(c.opening(instance=c.INSTANCE, record=c.RECORD, command=None))


def test_a_ticket_opened_at_the_desk_is_placed_in_the_default_queue() -> None:
    outcome = Story(routed(Intake="tier1", Network="tier2")).receives(REACTIONS[type(c.opening())], c.opening())
    queued = outcome.one(d.Queued)
    assert (queued.queue, queued.tier, queued.before, queued.first) == ("Intake", "tier1", None, True)
    ticket = outcome.then("queued").ticket
    assert (ticket.triage.queue, ticket.triage.reassignments, status(ticket)) == ("Intake", 0, Status.NEW)


def test_a_default_queue_of_tier_2_belongs_to_tier_2() -> None:
    story = Story(routed(Network="tier2")).receives(REACTIONS[type(c.opening())], c.opening()).then("queued")
    send(story, "take").refused("tier_forbidden")
    send(story, "take", roles="2").then("assigned")


def test_a_ticket_of_the_psa_is_placed_by_its_board_alone() -> None:
    opening = c.opening(instance=c.INSTANCE, record=c.RECORD, command=None)
    Story().receives(REACTIONS[type(opening)], opening).nothing()
    assert moved(from_psa(), 1, "Network").ticket.triage.queue == "Network"


def test_an_imported_ticket_keeps_the_queue_of_its_log() -> None:
    story = Story(origin="import")
    story.receives(REACTIONS[type(c.opening())], Draft(data=c.opening(), origin="import")).nothing()


def test_a_ticket_that_was_placed_before_its_opening_arrived_is_not_placed_again() -> None:
    story = Story().given(d.Queued(queue="Network", tier="tier2", revision=1))
    story.receives(REACTIONS[type(c.opening())], c.opening()).nothing()


def test_the_queue_of_a_ticket_opened_at_the_desk_can_be_changed() -> None:
    story = Story().receives(REACTIONS[type(c.opening())], c.opening()).then("queued")
    story = send(story, "queue", roles="2", queue="Network").then("queued")
    assert (story.ticket.triage.queue, story.ticket.triage.tier) == ("Network", "tier2")
    assert status(story.ticket) is Status.TRIAGED


def test_the_psa_places_a_ticket_with_the_tier_of_its_queue() -> None:
    story = moved(from_psa(), 1, "Network")
    assert story.ticket.triage.tier == "tier2"
    send(story, "take").refused("tier_forbidden")


@pytest.mark.parametrize("after", ["Service Desk", "Projects", None])
def test_a_ticket_that_left_the_queue_of_tier_2_is_no_longer_of_tier_2(after: str | None) -> None:
    story = moved(moved(from_psa(), 1, "Network"), 2, after)
    assert story.ticket.triage.tier != "tier2"
    send(story, "take").then("assigned")


def test_the_policy_in_force_says_whose_a_queue_is_also_for_older_facts() -> None:
    story = Story().given(c.opening(), d.Queued(queue="Network", revision=1))
    send(story, "take").refused("tier_forbidden")
    story = Story().given(c.opening(), d.Queued(queue="Service Desk", tier="tier2", revision=1))
    send(story, "take").then("assigned")


def test_the_recorded_tier_counts_for_a_queue_that_was_removed() -> None:
    story = Story().given(c.opening(), d.Queued(queue="Firewalls", tier="tier2", revision=1))
    send(story, "take").refused("tier_forbidden")


@pytest.mark.parametrize(("queue", "names"), [("Network", []), ("Service Desk", ["queued"])])
def test_a_reopening_for_tier_2_leaves_a_ticket_where_the_psa_placed_it_with_tier_2(
    queue: str, names: list[str]
) -> None:
    story = replied().given(d.Queued(queue=queue, revision=1))
    outcome = send(story, "judge-reply", message="m1", verdict="reopen", route="tier2")
    assert [name for name in outcome.names if name == "queued"] == names
    assert outcome.one(en.Reopened).route == "tier2"
