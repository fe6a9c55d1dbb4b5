"""Decisions on opening, caller, asset and conversation."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from desk.contract.event import Draft
from desk.contract.streams.client import Client, Device
from desk.contract.streams.person import Contact, Person
from desk.contract.ticket.docs import client as docs
from desk.contract.ticket.intake import facts as f
from desk.contract.ticket.intake.assets import AssetLinked
from desk.contract.ticket.intake.caller import CallerRevoked, CallerVerified
from desk.contract.ticket.intake.conversation import ReplySent
from desk.decision.command import decide
from desk.decision.reads import Found
from desk.policies import PolicyBook
from desk.testing import controls as c
from desk.testing.given import Outcome, Story
from desk_intake.commands import COMMANDS
from desk_intake.reactions import REACTIONS

BY_NAME = {command.name: command for command in COMMANDS}
ACME = Client(
    revision="r1",
    active=True,
    tiers=((c.NOW - timedelta(days=30), "gold"),),
    devices={c.DEVICE: Device(1, {"rmm": "rmm-7"}, "workstation")},
)
PAT = Contact(revision="r1", client=c.CLIENT, active=True, may=("password-reset",))
OTHERS: dict[str, object] = {
    c.CLIENT: ACME,
    c.CONTACT: Person(contact=PAT),
    "contact-boss": Person(contact=replace(PAT, revision="r9")),
    "contact-left": Person(contact=replace(PAT, terminated="psa")),
    "contact-foreign": Person(contact=replace(PAT, client="client-other")),
    "contact-nobody": Person(),
    "client-nobody": Client(),
}


def send(
    story: Story,
    name: str,
    *,
    by: str = "tier1-tess",
    roles: str = "1",
    others: Mapping[str, object] | None = None,
    answers: Mapping[str, object] | None = None,
    **body: Any,
) -> Outcome:
    command = BY_NAME[name]
    cycle = {} if command.opens else {"cycle": story.ticket.cycle}
    parsed = command.body(**{**cycle, **body})
    answers = {"open_tickets": (), "destination": None, **(answers or {})}
    found = Found(c.CLIENT, {**OTHERS, **(others or {})}, answers)
    return story.when(lambda b, t, x: decide(command, b, t, x, found), parsed, by=by, roles=roles)


def open_story() -> Story:
    return Story().given(c.opening())


def test_opening_records_ticket_tier_and_problem_in_one_append() -> None:
    outcome = send(Story(), "open-ticket", client=c.CLIENT, contact=c.CONTACT, problem="VPN drops")
    assert outcome.one(f.ClientTierCaptured).tier == "gold"
    outcome.then("ticket-opened", "client-tier-captured", "problem-restated")


def test_opening_the_same_ticket_again_is_ignored() -> None:
    send(open_story(), "open-ticket", client=c.CLIENT, problem="VPN drops").nothing()


def test_a_ticket_of_an_unknown_client_or_a_foreign_contact_is_refused() -> None:
    send(Story(), "open-ticket", client="client-nobody", problem="x").refused("invalid_field")
    foreign: dict[str, Any] = {"client": c.CLIENT, "problem": "x", "contact": "contact-foreign"}
    send(Story(), "open-ticket", **foreign).refused("contact_unknown")
    send(Story(), "open-ticket", client=c.CLIENT, problem="x", contact="contact-nobody").refused("contact_unknown")


def test_a_ticket_from_the_future_is_refused() -> None:
    late = c.NOW + timedelta(hours=1)
    send(Story(), "open-ticket", client=c.CLIENT, problem="x", opened_at=late).refused("invalid_field")


def test_an_open_ticket_of_the_same_symptom_is_proposed_and_can_be_overridden() -> None:
    answers = {"open_tickets": ("ticket-7",)}
    refusal = send(Story(), "open-ticket", client=c.CLIENT, problem="x", answers=answers).refused("psa_duplicate")
    assert refusal.members["candidates"] == ["ticket-7"]
    outcome = send(Story(), "open-ticket", client=c.CLIENT, problem="x", answers=answers, not_a_duplicate="other user")
    outcome.then("ticket-opened", "client-tier-captured", "problem-restated")


def test_a_current_contact_is_verified_by_match_at_level_1_and_twice_is_ignored() -> None:
    outcome = send(open_story(), "verify-caller", contact=c.CONTACT, method="match")
    verified = outcome.one(CallerVerified)
    assert (verified.level, verified.may) == (1, ("password-reset",))
    story = outcome.then("caller-verified", "client-tier-captured")
    story = send(story, "verify-caller", contact=c.CONTACT, method="match").nothing()
    send(story, "verify-caller", contact=c.CONTACT, method="call-back").then("caller-verified")


@pytest.mark.parametrize(
    ("contact", "code"),
    [
        ("contact-left", "contact_terminated"),
        ("contact-foreign", "contact_unknown"),
        ("contact-nobody", "contact_unknown"),
    ],
)
def test_who_is_no_current_contact_of_this_client_is_refused(contact: str, code: str) -> None:
    send(open_story(), "verify-caller", contact=contact, method="match").refused(code)


def test_a_number_changed_in_the_last_week_does_not_count_for_a_call_back() -> None:
    fresh = Person(contact=replace(PAT, numbers_changed=c.NOW - timedelta(days=6)))
    body: dict[str, Any] = {"contact": c.CONTACT, "method": "call-back", "others": {c.CONTACT: fresh}}
    send(open_story(), "verify-caller", **body).refused("number_recently_changed")


def test_a_manager_s_approval_names_another_current_contact() -> None:
    send(open_story(), "verify-caller", contact=c.CONTACT, method="manager").refused("invalid_field")
    body: dict[str, Any] = {"contact": c.CONTACT, "method": "manager"}
    send(open_story(), "verify-caller", **body, approved_by=c.CONTACT).refused("invalid_field")
    outcome = send(open_story(), "verify-caller", **body, approved_by="contact-boss")
    assert outcome.one(CallerVerified).level == 3


def test_a_replaced_caller_is_of_the_same_client_and_verified_anew() -> None:
    story = open_story().given(c.verified())
    send(story, "replace-caller", contact="contact-foreign").refused("contact_unknown")
    story = send(story, "replace-caller", contact="contact-boss").then("caller-replaced")
    assert story.ticket.intake.caller is None
    send(story, "replace-caller", contact="contact-boss").nothing()


def test_a_hold_is_cleared_by_the_coordinator_with_a_reason() -> None:
    story = open_story().given(CallerRevoked(contact=c.CONTACT, revision="r2", source="psa"))
    send(story, "clear-caller-hold", roles="CO").refused("reason_missing")
    story = send(story, "clear-caller-hold", roles="CO", reason="still employed").then("caller-hold-cleared")
    send(story, "clear-caller-hold", roles="CO").nothing()


def test_only_a_device_of_the_ticket_s_client_is_linked() -> None:
    send(open_story(), "link-asset", device="device-of-another").refused("device_other_client")
    outcome = send(open_story(), "link-asset", device=c.DEVICE)
    assert outcome.one(AssetLinked).asset_class == "workstation"
    send(outcome.then("asset-linked"), "link-asset", device=c.DEVICE).nothing()


def test_a_waiver_needs_a_listed_reason() -> None:
    send(open_story(), "waive-asset", reason="lazy").refused("reason_not_listed")
    story = send(open_story(), "waive-asset", reason="cloud-service").then("asset-link-waived")
    send(story, "waive-asset", reason="cloud-service").nothing()


def test_unlinking_gives_a_reason_and_a_ticket_without_link_ignores_it() -> None:
    send(open_story(), "unlink-asset", reason="wrong").nothing()
    send(open_story().given(c.linked()), "unlink-asset").refused("reason_missing")
    send(open_story().given(c.linked()), "unlink-asset", reason="wrong").then("asset-unlinked")


def test_restating_the_problem_in_the_same_words_is_ignored() -> None:
    story = send(open_story(), "restate-problem", statement="VPN drops at noon").then("problem-restated")
    send(story, "restate-problem", statement="VPN drops at noon").nothing()


def test_a_p2_cannot_become_a_quick_ticket() -> None:
    story = open_story().given(c.assessed(impact="high", priority="P2"))
    send(story, "change-kind", roles="CO", kind="quick").refused("reason_missing")
    send(story, "change-kind", roles="CO", kind="quick", reason="small").refused("kind_too_small")
    send(story, "change-kind", roles="CO", kind="incident").nothing()


def test_only_imported_tickets_are_adopted_and_only_once() -> None:
    send(open_story(), "adopt-ticket", roles="AD").refused("not_imported")
    story = Story(origin="import").given(c.opening(instance="log", record="1"))
    story = send(story, "adopt-ticket", roles="AD").then("ticket-adopted")
    assert not story.ticket.intake.imported
    send(story, "adopt-ticket", roles="AD").nothing()


def test_an_answer_waits_while_the_caller_is_on_hold() -> None:
    story = open_story().given(CallerRevoked(contact=c.CONTACT, revision="r2", source="psa"))
    send(story, "reply", text="Hello").refused("caller_revoked")
    send(open_story(), "reply", text="Hello").then("reply-sent")


def test_an_approved_summary_is_delivered_once_and_names_its_revision() -> None:
    written = docs.ClientSummaryWritten(rev=1, audience="requester", text="All well", text_hash="h")
    outcome = open_story().receives(REACTIONS[docs.ClientSummaryWritten], Draft(data=written, cycle=1))
    assert outcome.one(ReplySent).summary == "1.1"


def test_a_summary_for_an_imported_ticket_is_not_delivered() -> None:
    written = docs.ClientSummaryWritten(rev=1, audience="requester", text="All well", text_hash="h")
    story = Story(origin="import").given(c.opening())
    story.receives(REACTIONS[docs.ClientSummaryWritten], Draft(data=written, cycle=1)).nothing()


def in_psa(level: str = "nothing", **ticket: Any) -> Story:
    """A ticket of the PSA at a place where policy `write-back` permits that level."""
    book = PolicyBook()
    book.put("write-back", "2", {"default": level})
    return Story(book).given(c.opening(**{"instance": c.INSTANCE, "record": c.RECORD, "command": None, **ticket}))


@pytest.mark.parametrize("level", ["nothing", "notes"])
@pytest.mark.parametrize(("name", "body"), [("reply", {}), ("note", {"internal": False})])
def test_a_message_is_refused_while_its_channel_may_not_be_written(level: str, name: str, body: dict[str, Any]) -> None:
    refusal = send(in_psa(level), name, text="Hello", **body).refused("write_back_off")
    assert refusal.members["permits"] == level
    assert (refusal.members["setting"], refusal.members["changed_by"]) == ("write-back", "administrator")


def test_a_ticket_that_waits_for_its_record_in_the_psa_has_no_other_channel() -> None:
    story = in_psa(instance=None, record=None, command="c1", destination="examplemsp:1")
    refusal = send(story, "reply", text="Hello").refused("write_back_off")
    assert (refusal.members["instance"], refusal.members["board"]) == ("examplemsp", "1")


@pytest.mark.parametrize("channel", ["phone", "in-person"])
def test_a_call_or_a_talk_that_took_place_is_recorded_whatever_may_be_written(channel: str) -> None:
    outcome = send(in_psa(), "reply", text="Called back", channel=channel)
    assert outcome.one(ReplySent).channel == channel


def test_a_note_for_colleagues_is_recorded_whatever_may_be_written() -> None:
    send(in_psa(), "note", text="look at the switch").then("note-added")


def test_a_message_on_a_ticket_that_lives_in_no_psa_is_recorded() -> None:
    story = in_psa(instance=None, record=None, command="c1")
    send(story, "reply", text="Hello").then("reply-sent")


def test_a_message_is_recorded_where_everything_is_written() -> None:
    assert send(in_psa("everything"), "reply", text="Hello").one(ReplySent).channel == "psa"


def test_a_summary_is_not_delivered_where_nothing_may_be_written() -> None:
    written = docs.ClientSummaryWritten(rev=1, audience="requester", text="All well.", text_hash="h")
    story = in_psa().given(c.resolved())
    story.receives(REACTIONS[docs.ClientSummaryWritten], Draft(data=written, cycle=1)).nothing()


def test_opening_records_where_the_record_is_to_be_created() -> None:
    outcome = send(Story(), "open-ticket", client=c.CLIENT, problem="VPN drops", answers={"destination": "cw:1"})
    assert outcome.one(f.TicketOpened).destination == "cw:1"
