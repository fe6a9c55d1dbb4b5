"""Verification of the caller concerns the requester of the ticket."""

from __future__ import annotations

from desk.contract.ticket.intake.caller import CallerReplaced
from desk.testing import controls as c
from desk.testing.given import Story

from .test_intake_decisions import open_story, send


def test_verifying_somebody_else_does_not_change_the_requester() -> None:
    refusal = send(open_story(), "verify-caller", contact="contact-boss", method="match").refused("invalid_field")
    assert "replace-caller" in str(refusal.remedy)
    story = send(open_story(), "replace-caller", contact="contact-boss").then("caller-replaced")
    send(story, "verify-caller", contact="contact-boss", method="match").then("caller-verified", "client-tier-captured")


def test_verifying_the_caller_of_a_ticket_without_a_requester_names_them() -> None:
    story = Story().given(c.opening(contact=None))
    outcome = send(story, "verify-caller", contact=c.CONTACT, method="match")
    assert outcome.one(CallerReplaced).after == c.CONTACT
    story = outcome.then("caller-replaced", "caller-verified", "client-tier-captured")
    assert story.ticket.intake.contact == c.CONTACT
    send(story, "verify-caller", contact=c.CONTACT, method="match").nothing()
