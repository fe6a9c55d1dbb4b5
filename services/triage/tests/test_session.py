"""Remote sessions on the linked device, as the commands `open-session` and `end-session` record them."""

from __future__ import annotations

import pytest

from desk.contract.event import Draft, Payload
from desk.contract.ticket.docs import facts as docs
from desk.contract.ticket.intake.assets import AssetLinkWaived
from desk.contract.ticket.intake.caller import CallerRevoked
from desk.contract.ticket.intake.facts import MergedInto
from desk.contract.ticket.intake.psa_record import PsaGone
from desk.contract.ticket.ticket import Status, status
from desk.contract.ticket.triage import diagnosis as dx
from desk.testing import controls as c
from desk.testing.given import Story

from .triage_commands import send

GONE = PsaGone(reason="deleted", proof=("404", "404"), episode=1)


def opened(*sessions: str) -> Story:
    story = Story().given(*c.ready_for_work())
    for session in sessions:
        story = send(story, "open-session", tool="screenconnect", with_user=True, session=session).then(
            "session-started"
        )
    return story


def test_a_session_is_recorded_for_the_linked_device() -> None:
    started = send(opened(), "open-session", tool="screenconnect", with_user=True, session="sc-7").one(
        dx.SessionStarted
    )
    assert (started.session, started.tool, started.device, started.with_user) == (
        "sc-7",
        "screenconnect",
        c.DEVICE,
        True,
    )


def test_a_session_without_an_id_of_its_tool_gets_the_id_of_the_command() -> None:
    story = opened()
    command_id = str(story.context().id)
    started = send(story, "open-session", tool="phone-home", with_user=False).one(dx.SessionStarted)
    assert started.session == command_id


def test_an_open_session_again_records_nothing() -> None:
    send(opened("sc-7"), "open-session", tool="screenconnect", with_user=True, session="sc-7").nothing()


def test_the_id_of_an_ended_session_is_refused() -> None:
    story = send(opened("sc-7"), "end-session").then("session-ended")
    refusal = send(story, "open-session", tool="screenconnect", with_user=True, session="sc-7").refused("invalid_field")
    assert refusal.detail == "session: 'sc-7' has ended."


def test_a_session_without_a_linked_device_is_refused() -> None:
    story = Story().given(c.opening(), c.verified(), c.tier(), AssetLinkWaived(reason="no-device"), c.assessed())
    send(story, "open-session", tool="screenconnect", with_user=True).refused("asset_missing")


def test_a_session_for_a_caller_on_hold_is_refused() -> None:
    story = opened().given(CallerRevoked(contact=c.CONTACT, revision="2", source="directory"))
    send(story, "open-session", tool="screenconnect", with_user=True).refused("caller_revoked")


def test_the_only_open_session_ends_without_being_named() -> None:
    story = send(opened("sc-7"), "end-session").then("session-ended")
    assert story.ticket.triage.sessions == {"sc-7": "ended"}


def test_the_named_one_of_several_sessions_ends_and_again_records_nothing() -> None:
    story = send(opened("sc-7", "sc-8"), "end-session", session="sc-8").then("session-ended")
    assert story.ticket.triage.sessions == {"sc-7": "open", "sc-8": "ended"}
    send(story, "end-session", session="sc-8").nothing()


def test_an_end_that_could_mean_several_sessions_is_refused_and_lists_them() -> None:
    assert "sc-7, sc-8" in str(send(opened("sc-7", "sc-8"), "end-session").refused("no_session").remedy)


def test_an_end_without_an_open_session_is_refused() -> None:
    send(opened(), "end-session").refused("no_session")


def test_the_end_of_a_session_of_another_ticket_is_refused() -> None:
    refusal = send(opened("sc-7"), "end-session", session="sc-9").refused("no_session")
    assert refusal.detail == "session: 'sc-9' was not opened on this ticket."


@pytest.mark.parametrize("away", [MergedInto(root="root-1", evidence="same"), GONE], ids=["merged", "gone"])
def test_a_session_that_is_still_open_is_ended_on_a_ticket_that_is_elsewhere(away: Payload) -> None:
    story = send(opened("sc-7").given(away), "end-session").then("session-ended")
    code = "ticket_gone" if away is GONE else "ticket_merged"
    send(story, "open-session", tool="screenconnect", with_user=True).refused(code)


def test_a_session_that_is_still_open_is_ended_after_the_close() -> None:
    story = opened("sc-7").given(c.resolved())
    story = story.given(Draft(data=docs.Closed(resolution=story.events[-1].id), cycle=1))
    assert status(story.ticket) is Status.CLOSED
    send(story, "end-session").then("session-ended")
