"""The offsets up to which a service has read its topics. Those stored with the facts count; the group's committed
offsets only inform operators: they may be lost, or be ahead of a store that was restored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from aiokafka import TopicPartition  # type: ignore[import-untyped]

from desk.bus.records import ClientRecord
from desk.eventstore.table_writer import Row

Places = Mapping[TopicPartition, int]
SavedOffsets = Mapping[tuple[str, str, int], int]
"""(topic, id of the topic, partition) -> the next offset to apply (`positions.read_positions`)."""


class Sifted(NamedTuple):
    """`due`: records to apply; `after`: the next offsets after them; `again`: offsets to seek to, by partition."""

    due: list[ClientRecord]
    after: dict[TopicPartition, int]
    again: dict[TopicPartition, int]


class Offsets:
    """The next offset to apply of every assigned partition whose start has been located."""

    def __init__(self) -> None:
        self.next: dict[TopicPartition, int] = {}
        self._ids: dict[str, str] = {}
        self._saved: dict[TopicPartition, int] = {}
        self._committed: dict[TopicPartition, int] = {}
        self._asked: dict[TopicPartition, int] = {}
        self._closed = False

    def begin(self, starts: Places, ids: Mapping[str, str]) -> None:
        """Begin these partitions at these offsets."""
        self._ids = dict(ids)
        self.next, self._saved = dict(starts), {}
        self._committed, self._asked, self._closed = {}, {}, False

    def close(self) -> None:
        """Accept no more records; the present batch may finish."""
        self._closed = True

    def clear(self) -> None:
        """Forget all partitions."""
        self.next = {}

    def moved(self, ids: Mapping[str, str]) -> bool:
        """Whether a topic was deleted and created again under the same name."""
        return any(self._ids.get(topic, identity) != identity for topic, identity in ids.items())

    def sift(self, records: Sequence[ClientRecord]) -> Sifted:
        """Select the records that are next. After a jump in a partition's offsets the expected offset is sought once;
        if the same jump comes again, the offsets in between hold no records."""
        sifted = Sifted([], {}, {})
        for record in () if self._closed else records:
            partition = TopicPartition(record.topic, record.partition)
            expected = sifted.after.get(partition, self.next.get(partition))
            if expected is None or partition in sifted.again or record.offset < expected:
                continue
            if record.offset > expected and partition not in sifted.after and self._asked.get(partition) != expected:
                sifted.again[partition] = self._asked[partition] = expected
                continue
            sifted.due.append(record)
            sifted.after[partition] = record.offset + 1
        return sifted

    def rows(self, places: Places) -> list[Row]:
        """Rows of `positions.POSITIONS` for these offsets."""
        return [(tp.topic, self._ids.get(tp.topic, ""), tp.partition, offset) for tp, offset in places.items()]

    def applied(self, places: Places) -> None:
        """Note that everything before these offsets is stored. Never goes back: an older batch may end later."""
        for partition, offset in places.items():
            if partition in self.next:
                self.next[partition] = max(offset, self.next[partition])

    def saved(self, places: Places) -> None:
        """Note that the store holds these offsets."""
        self._saved.update(places)

    def unsaved(self) -> dict[TopicPartition, int]:
        """Offsets that moved without a transaction."""
        return {tp: offset for tp, offset in self.next.items() if offset != self._saved.get(tp)}

    def uncommitted(self) -> dict[TopicPartition, int]:
        """Offsets that are not committed to the group yet."""
        return {tp: offset for tp, offset in self.next.items() if offset != self._committed.get(tp)}

    def committed(self, places: Places) -> None:
        """Note that these are committed to the group."""
        self._committed.update(places)


def dropped(
    partitions: Iterable[TopicPartition], saved: SavedOffsets, ids: Mapping[str, str], beginnings: Places
) -> dict[TopicPartition, int]:
    """The number of records that each partition dropped unread: it begins after the stored offset."""
    places = {tp: saved.get((tp.topic, ids.get(tp.topic, ""), tp.partition), 0) for tp in partitions}
    return {tp: beginnings[tp] - place for tp, place in places.items() if place < beginnings.get(tp, 0)}


def starts(
    partitions: Iterable[TopicPartition], saved: SavedOffsets, ids: Mapping[str, str], beginnings: Places, ends: Places
) -> dict[TopicPartition, int]:
    """Offsets to begin at: the stored one for this id of the topic, else the topic's beginning."""
    found = {}
    for tp in partitions:
        place = saved.get((tp.topic, ids.get(tp.topic, ""), tp.partition), 0)
        found[tp] = min(max(place, beginnings.get(tp, 0)), ends.get(tp, place))
    return found
