"""The explanation as a picture: well formed, and it shows what the words say."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from desk.calendars.times import to_seconds
from desk.contract.ticket.intake.conversation import ReplySent
from desk.contract.ticket.triage import dispatch as d
from desk.contract.ticket.triage import ends as en
from desk_sla.decisions.clock_state import clock_state
from desk_sla.engine.svg.axis import MARKS, Scale, rows
from desk_sla.engine.svg.calendar_picture import year_svg
from desk_sla.engine.svg.clock_picture import picture
from desk_sla.policies import rules_of

from ..service.sla_story import SlaStory, at, opened, priority
from .engine_examples import calendar

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = 'w1</text><script>alert(1)</script> "&\x07\x1b\ud800'


def story() -> SlaStory:
    found = SlaStory()
    found.hears(at("15:00"), opened("15:00"), priority("P3"))
    reply = ReplySent(message="m1", author="human", audience="public", to_requester=True, channel="mail")
    found.hears(at("15:40"), reply)
    found.hears(at("16:00"), d.WaitingStarted(wait=HOSTILE.replace("\ud800", ""), on="client", message="m0"))
    found.hears(at("10:00", 1), d.WaitingEnded(wait=HOSTILE.replace("\ud800", "")))
    found.hears(at("13:00", 1), priority("P2", 2))
    return found


def drawn(found: SlaStory, hour: str, day: int, title: str = "Ticket T-1") -> tuple[str, str]:
    """The picture, and all its words."""
    standing = clock_state(found.ticket, rules_of(found.policies), to_seconds(at(hour, day)))
    assert standing is not None
    drawing = picture(title, standing.clocks)
    return drawing, "\n".join(ElementTree.fromstring(drawing).itertext())


def test_each_clock_shows_its_verdict_stretches_due_time_and_thresholds() -> None:
    _, words = drawn(story(), "11:00", 1)
    assert "response, cycle 1: 40m of 2h used" in words and "stopped Mon 2 Mar 2026 15:40" in words
    assert "client" in words and "Mon 2 Mar 2026 16:00 to Tue 3 Mar 2026 10:00: 4h of working time" in words
    assert "due Thu 5 Mar 2026" in words and "90 %" in words and "open, running" in words
    assert "as of Tue 3 Mar 2026 11:00" in words


def test_a_breach_and_a_change_of_the_target_are_shown() -> None:
    found = story()
    found.hears(at("16:00", 3), en.Resolved())
    drawing, words = drawn(found, "17:00", 3)
    assert "breached" in words and "target 8h from Tue 3 Mar 2026 13:00: priority changed, retroactive" in words
    assert "<title>over</title>" in drawing


def test_a_paused_clock_has_no_due_time() -> None:
    found = SlaStory()
    found.hears(at("9:00"), opened("9:00"), priority("P3"))
    found.hears(at("10:00"), d.WaitingStarted(wait="w", on="client", message="m0"))
    standing = clock_state(found.ticket, rules_of(found.policies), to_seconds(at("11:00")))
    assert standing is not None
    words = "\n".join(ElementTree.fromstring(picture("T", [standing.clocks[-1]])).itertext())
    assert "open, paused" in words and "due " not in words.replace("to the due time", "")


def test_untrusted_text_stays_text() -> None:
    drawing, words = drawn(story(), "11:00", 1, HOSTILE)
    assert "<script" not in drawing and "<script>alert(1)" in words


def test_a_day_s_name_with_characters_that_xml_forbids_breaks_no_year() -> None:
    named = calendar(days=[{"day": "12-24", "name": "Eve\x07 <b>", "open": ["08:00-12:00"]}])
    assert "Eve  <b>" in "".join(ElementTree.fromstring(year_svg(named, 2026)).itertext())


def test_no_clock_is_said() -> None:
    assert "no clock ran then" in picture("T", [])


@pytest.mark.parametrize("span", [60, 900, 5 * 3600, 3 * 86_400, 40 * 86_400, 20 * 365 * 86_400])
@pytest.mark.parametrize("zone", ["Etc/UTC", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia"])
def test_the_axis_has_a_few_round_marks_inside_the_line(span: int, zone: str) -> None:
    first = to_seconds(at("9:17"))
    marks = Scale(first, first + span, 0, 100, zone).marks()
    assert 1 <= len(marks) <= MARKS
    assert all(first <= instant <= first + span for instant, _ in marks)


def test_labels_of_one_row_never_touch() -> None:
    assert rows([(0, 50), (10, 60), (55, 90), (62, 80), (100, 110)]) == [0, 1, 0, 2, 0]
