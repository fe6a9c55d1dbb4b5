"""Every room says in one line what lives there, and the handbook's tree repeats it."""

from __future__ import annotations

from tests.architecture.rooms import BEGIN, END, PAGE, Room, page, rooms

LONGEST = 200


def test_every_room_says_in_one_sentence_what_lives_there() -> None:
    silent = [room.path for room in rooms() if not room.says.endswith((".", ":"))]
    assert silent == [], "give these packages a docstring: one sentence that says what lives there"


def test_the_sentence_of_a_room_fits_on_a_line() -> None:
    assert [room.path for room in rooms() if len(room.says) > LONGEST] == []


def test_the_tree_of_the_handbook_is_that_of_the_code() -> None:
    text = PAGE.read_text()
    assert BEGIN in text and END in text
    assert page(text) == text, "run `.venv/bin/python -m tests.architecture`"


def test_a_page_that_has_come_apart_is_noticed() -> None:
    text = PAGE.read_text()
    apart = text.replace("  eventstore/", "  event_store/")
    assert apart != text
    assert page(apart) == text


def test_the_depth_of_a_room_counts_from_its_package() -> None:
    assert [Room("shared/desk", "").depth, Room("services/intake/desk_intake/psa/observe", "").depth] == [0, 2]
