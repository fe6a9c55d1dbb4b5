"""Selects the next records of a batch, and the offset at which reading begins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aiokafka import TopicPartition  # type: ignore[import-untyped]

from desk.bus.kafka.offsets import Offsets, starts
from desk.bus.records import ClientRecord

ZERO, ONE = TopicPartition("t", 0), TopicPartition("t", 1)
IDS = {"t": "first"}


@dataclass
class Record:
    """Implements `ClientRecord`."""

    topic: str
    partition: int
    offset: int
    key: bytes | None = None
    value: bytes | None = None
    headers: Sequence[tuple[str, bytes | None]] = ()


def records(partition: TopicPartition, *offsets: int) -> list[ClientRecord]:
    return [Record(partition.topic, partition.partition, offset) for offset in offsets]


def at(**places: int) -> Offsets:
    offsets = Offsets()
    offsets.begin({TopicPartition("t", int(name[1:])): place for name, place in places.items()}, IDS)
    return offsets


def test_records_before_the_place_are_left_out() -> None:
    sifted = at(p0=3, p1=0).sift(records(ZERO, 1, 2, 3, 4) + records(ONE, 0))
    assert [(r.partition, r.offset) for r in sifted.due] == [(0, 3), (0, 4), (1, 0)]
    assert sifted.after == {ZERO: 5, ONE: 1}
    assert sifted.again == {}


def test_records_of_a_partition_that_is_not_ours_are_left_out() -> None:
    assert at(p0=0).sift(records(ONE, 0, 1)).due == []


def test_records_ahead_of_the_place_are_asked_for_anew_and_the_other_partitions_go_on() -> None:
    offsets = at(p0=3, p1=0)
    sifted = offsets.sift(records(ZERO, 7, 8) + records(ONE, 0))
    assert ([r.partition for r in sifted.due], sifted.again) == ([1], {ZERO: 3})


def test_a_place_without_records_is_passed_when_the_broker_says_so_twice() -> None:
    offsets = at(p0=3)
    offsets.sift(records(ZERO, 7))
    sifted = offsets.sift(records(ZERO, 7, 9))
    assert ([r.offset for r in sifted.due], sifted.after, sifted.again) == ([7, 9], {ZERO: 10}, {})


def test_nothing_is_taken_while_partitions_are_given_back() -> None:
    offsets = at(p0=0)
    offsets.close()
    assert offsets.sift(records(ZERO, 0)).due == []
    offsets.applied({ZERO: 5})
    assert offsets.uncommitted() == {ZERO: 5}
    offsets.clear()
    assert offsets.uncommitted() == {}


def test_a_batch_that_ends_late_never_moves_a_place_back() -> None:
    offsets = at(p0=10)
    offsets.applied({ZERO: 5, ONE: 7})
    assert offsets.next == {ZERO: 10}


def test_places_are_written_with_the_incarnation_of_their_topic() -> None:
    offsets = at(p0=2)
    offsets.applied({ZERO: 4})
    assert offsets.rows(offsets.unsaved()) == [("t", "first", 0, 4)]
    offsets.saved({ZERO: 4})
    assert offsets.unsaved() == {}
    assert offsets.moved({"t": "second"})
    assert not offsets.moved(IDS)


def test_reading_begins_at_the_place_of_the_store_within_what_the_topic_holds() -> None:
    known = {("t", "first", 0): 40, ("t", "first", 1): 900}
    begin = starts([ZERO, ONE], known, IDS, {ZERO: 0, ONE: 5}, {ZERO: 100, ONE: 100})
    assert begin == {ZERO: 40, ONE: 100}
    assert starts([ZERO], known, {"t": "second"}, {ZERO: 7}, {ZERO: 100}) == {ZERO: 7}
