"""Services of one process decode a fact once between them."""

from __future__ import annotations

import pytest

from desk.contract.codec import Undecodable, encode
from desk.eventstore.catalogue_event_model import catalogued
from desk.inbox.shared_decoding import decoding_once
from desk.testing import controls as c
from desk.testing.given import Story


def test_the_same_bytes_give_the_same_event_and_it_equals_what_was_encoded() -> None:
    event = Story().given(c.opening()).events[0]
    language = decoding_once(catalogued())
    first = language.decode(encode(event))
    assert first == catalogued().decode(encode(event))
    assert language.decode(encode(event)) is first


def test_memory_is_bounded_and_what_was_forgotten_is_decoded_again() -> None:
    events = Story().given(*(c.assessed(revision=n) for n in range(1, 21))).events
    language = decoding_once(catalogued(), kept=10)
    first = language.decode(encode(events[0]))
    for event in events:
        language.decode(encode(event))
    again = language.decode(encode(events[0]))
    assert again == first
    assert again is not first


def test_what_cannot_be_decoded_fails_every_time() -> None:
    language = decoding_once(catalogued())
    for _ in range(2):
        with pytest.raises(Undecodable):
            language.decode(b"{")
