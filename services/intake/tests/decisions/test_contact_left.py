"""A contact who left gets nothing more, and tickets opened for them are held."""

from __future__ import annotations

from typing import Any

from desk.contract.ticket.intake.caller import CallerRevoked
from desk.testing import controls as c
from desk.testing.given import Story

from .test_intake_decisions import open_story, send


def test_a_public_note_goes_no_more_to_a_contact_who_left_than_a_reply() -> None:
    held = open_story().given(CallerRevoked(contact=c.CONTACT, revision="r2", source="psa"))
    send(held, "note", text="Your new password is blue", internal=False).refused("caller_revoked")
    send(held, "note", text="They left; told the coordinator").then("note-added")


def test_a_ticket_that_is_opened_for_a_contact_who_left_is_held() -> None:
    left: dict[str, Any] = {"client": c.CLIENT, "contact": "contact-left", "problem": "VPN drops"}
    outcome = send(Story(), "open-ticket", **left)
    assert outcome.one(CallerRevoked).contact == "contact-left"
    story = outcome.then("ticket-opened", "client-tier-captured", "problem-restated", "caller-revoked")
    send(story, "reply", text="Hello").refused("caller_revoked")
