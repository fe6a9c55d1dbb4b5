"""A reproduction is evidence about one device and one user; it counts for no other."""

from __future__ import annotations

from typing import Any

from desk.contract.event import Draft
from desk.contract.ticket.gates import RESOLVE, open_gates
from desk.contract.ticket.intake.assets import AssetLinkWaived
from desk.contract.ticket.intake.caller import CallerReplaced
from desk.contract.ticket.triage import diagnosis as dx
from desk.testing import controls as c
from desk.testing.given import Story

from .triage_commands import send

SEEN: dict[str, Any] = {
    "result": "reproduced",
    "on_profile": True,
    "on_network": True,
    "on_permissions": True,
    "steps": "open the VPN",
    "observed": "it drops",
}
OTHER = "contact-robin"


def ready() -> Story:
    return Story().given(*c.ready_for_work())


def is_open(story: Story) -> bool:
    return bool(open_gates({"reproduction": RESOLVE["reproduction"]}, story.ticket, {"reproduction": "mandatory"}))


def replaced(story: Story, before: str, after: str, revision: int = 1) -> Story:
    return story.given(CallerReplaced(before=before, after=after, revision=revision))


def test_it_names_the_requester_whose_profile_it_is_about() -> None:
    assert send(ready(), "record-reproduction", **SEEN).one(dx.ReproductionRecorded).contact == c.CONTACT


def test_another_requester_needs_a_reproduction_of_their_own() -> None:
    story = send(ready(), "record-reproduction", **SEEN).then("reproduction-recorded")
    assert not is_open(story)
    assert is_open(replaced(story, c.CONTACT, OTHER))
    story.given(c.verified(contact=OTHER))
    assert not is_open(send(story, "record-reproduction", **SEEN).then("reproduction-recorded"))


def test_it_counts_again_when_the_first_requester_is_back() -> None:
    story = send(ready(), "record-reproduction", **SEEN).then("reproduction-recorded")
    assert not is_open(replaced(replaced(story, c.CONTACT, OTHER), OTHER, c.CONTACT, 2))


def test_without_a_device_it_is_about_the_user_alone() -> None:
    facts = [c.opening(), c.verified(), c.tier(), AssetLinkWaived(reason="no-device-involved"), c.assessed()]
    story = send(Story().given(*facts), "record-reproduction", **SEEN).then("reproduction-recorded")
    assert not is_open(story)
    assert is_open(replaced(story, c.CONTACT, OTHER))


def test_a_repeat_is_a_reproduction_of_its_own() -> None:
    story = send(ready(), "record-reproduction", **SEEN).then("reproduction-recorded")
    send(story, "record-reproduction", **SEEN).then("reproduction-recorded")


def test_a_fact_of_an_earlier_release_does_not_say_whom_it_is_about_and_counts() -> None:
    earlier = dx.ReproductionRecorded(entry="r1", result="reproduced", device=c.DEVICE)
    assert not is_open(ready().given(Draft(data=earlier, cycle=1)))
