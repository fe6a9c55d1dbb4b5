"""How far a service has read its topics. The store decides, in the transaction of the facts; the group's committed
offsets only show operators where it stands: they may be lost, or be ahead of a store that was restored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from aiokafka import TopicPartition  # type: ignore[import-untyped]

from desk.eventstore.table_writer import Row

Places = Mapping[TopicPartition, int]
SavedOffsets = Mapping[tuple[str, str, int], int]
"""(topic, id of the topic, partition) -> the next offset to apply (`positions.known_positions`)."""


class Sifted(NamedTuple):
    """`due` are the records to apply, `after` the next offsets then; `again` says where to read a partition anew."""

    due: list[Any]
    after: dict[TopicPartition, int]
    again: dict[TopicPartition, int]


class Offsets:
    """The next offset to apply of every partition that is assigned here and whose place is known."""

    def __init__(self) -> None:
        self.next: dict[TopicPartition, int] = {}
        self._ids: dict[str, str] = {}
        self._saved: dict[TopicPartition, int] = {}
        self._committed: dict[TopicPartition, int] = {}
        self._asked: dict[TopicPartition, int] = {}
        self._closed = False

    def begin(self, starts: Places, ids: Mapping[str, str]) -> None:
        """Take partitions over at these places."""
        self._ids = dict(ids)
        self.next, self._saved = dict(starts), {}
        self._committed, self._asked, self._closed = {}, {}, False

    def close(self) -> None:
        """Take no more records; what is in hand may still end."""
        self._closed = True

    def clear(self) -> None:
        """Nothing is assigned any more."""
        self.next = {}

    def moved(self, ids: Mapping[str, str]) -> bool:
        """Whether a topic is another one of the same name now: it was deleted and made again."""
        return any(self._ids.get(topic, identity) != identity for topic, identity in ids.items())

    def sift(self, records: Sequence[Any]) -> Sifted:
        """What is next among records as they came. What lies ahead of its partition's place is asked for anew once;
        coming so again, the offsets between hold no records."""
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
        """Rows of `positions.POSITIONS` that say so."""
        return [(tp.topic, self._ids.get(tp.topic, ""), tp.partition, offset) for tp, offset in places.items()]

    def applied(self, places: Places) -> None:
        """Everything before these places is in the store. Never goes back: an older batch may end later."""
        for partition, offset in places.items():
            if partition in self.next:
                self.next[partition] = max(offset, self.next[partition])

    def saved(self, places: Places) -> None:
        """The store says so itself."""
        self._saved.update(places)

    def unsaved(self) -> dict[TopicPartition, int]:
        """Places that moved without a transaction."""
        return {tp: offset for tp, offset in self.next.items() if offset != self._saved.get(tp)}

    def uncommitted(self) -> dict[TopicPartition, int]:
        """Places that the group does not know yet."""
        return {tp: offset for tp, offset in self.next.items() if offset != self._committed.get(tp)}

    def committed(self, places: Places) -> None:
        """The group knows these."""
        self._committed.update(places)


def dropped(
    partitions: Iterable[TopicPartition], known: SavedOffsets, ids: Mapping[str, str], beginnings: Places
) -> dict[TopicPartition, int]:
    """How many records each partition lost before the store read them: it begins after the store's place."""
    places = {tp: known.get((tp.topic, ids.get(tp.topic, ""), tp.partition), 0) for tp in partitions}
    return {tp: beginnings[tp] - place for tp, place in places.items() if place < beginnings.get(tp, 0)}


def starts(
    partitions: Iterable[TopicPartition], known: SavedOffsets, ids: Mapping[str, str], beginnings: Places, ends: Places
) -> dict[TopicPartition, int]:
    """Where to begin to read: at the store's place in this incarnation of the topic, else at its beginning."""
    found = {}
    for tp in partitions:
        place = known.get((tp.topic, ids.get(tp.topic, ""), tp.partition), 0)
        found[tp] = min(max(place, beginnings.get(tp, 0)), ends.get(tp, place))
    return found
