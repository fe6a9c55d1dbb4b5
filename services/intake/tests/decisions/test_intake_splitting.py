"""A part of a ticket is split off as a ticket of its own."""

from __future__ import annotations

from typing import Any

from desk.contract.streams.client import Client
from desk.contract.ticket.intake import facts as f
from desk.contract.ticket.intake.caller import CallerRevoked
from desk.contract.ticket.intake.conversation import ClientReplied, NoteAdded
from desk.testing import controls as c
from desk.testing.given import Outcome, Story
from desk_intake.decisions.splitting import SplitTicket, SplittingReads, split_ticket

from .test_intake_decisions import ACME, open_story, send

NEW = ("ticket-opened", "client-tier-captured", "problem-restated")


def split(story: Story, **body: Any) -> Outcome:
    return send(story, "split", roles="DI", **{"problem": "The printer is offline", **body})


def asked() -> Story:
    return open_story().given(ClientReplied(message="m-1"), NoteAdded(note="n-1", internal=True, text="printer"))


def test_the_new_ticket_has_the_client_the_requester_and_the_tier_of_now() -> None:
    outcome = split(
        asked(), messages=["m-1", "n-1", "m-1"], symptom="printer-offline", answers={"destination": "psa:1"}
    )
    assert outcome.names == ["split-into", *NEW, "split-from"]
    old, *new = outcome.drafts
    into = outcome.one(f.SplitInto)
    assert old.subject is None and {draft.subject for draft in new} == {into.other}
    assert into.messages == outcome.one(f.SplitFrom).messages == ("m-1", "n-1")
    assert outcome.one(f.SplitFrom).other == c.TICKET
    opened = outcome.one(f.TicketOpened)
    assert (opened.client, opened.contact, opened.channel) == (c.CLIENT, c.CONTACT, "phone")
    assert (opened.kind, opened.destination, opened.follows) == ("incident", "psa:1", None)
    assert outcome.one(f.ClientTierCaptured).tier == "gold"
    assert outcome.one(f.ProblemRestated).symptom == "printer-offline"


def test_a_request_that_is_split_off_has_its_device_waived() -> None:
    outcome = split(open_story().given(c.linked()), kind="request")
    assert outcome.names == ["split-into", *NEW, "asset-link-waived", "split-from"]


def test_the_same_command_splits_once() -> None:
    story, body = open_story(), SplitTicket.model_validate({"cycle": 1, "problem": "The printer is offline"})
    context, found = story.context(roles="DI"), SplittingReads(ACME, None)
    into = split_ticket(body, story.ticket, found, context)[0].data
    assert isinstance(into, f.SplitInto)
    assert story.given(into).ticket.intake.splits == (into.other,)
    assert split_ticket(body, story.ticket, found, context) == []


def test_another_command_splits_another_part_off() -> None:
    story = open_story()
    first = split(story).one(f.SplitInto)
    assert split(story.given(first)).one(f.SplitInto).other != first.other


def test_a_message_of_another_ticket_is_refused() -> None:
    refusal = split(asked(), messages=["m-1", "m-9"]).refused("invalid_field")
    assert "m-9" in refusal.detail


def test_a_ticket_is_not_split_after_its_close_nor_while_its_caller_is_on_hold() -> None:
    held = open_story().given(CallerRevoked(contact=c.CONTACT, revision="r2", source="psa"))
    split(held).refused("caller_revoked")
    split(open_story().given(f.MergedInto(root="root-1", evidence="same"))).refused("ticket_merged")
    split(Story()).refused("unknown_ticket")


def test_a_client_without_a_contract_has_no_tier() -> None:
    outcome = split(open_story(), others={c.CLIENT: Client(revision="r1", active=True)})
    assert outcome.one(f.ClientTierCaptured).tier == "none"
