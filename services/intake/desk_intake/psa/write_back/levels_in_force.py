"""The write-back level of every place at every time, by policy versions and writes before the policy existed. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from desk.decision.policies.intake import ClientWriteBack, WriteBack, WriteLevel
from desk.policies.book import Edition, PolicyBook
from desk.policies.publishing import BUILT_IN
from desk.policies.write_back import POLICY, WritePlace, level_of, lowest, sentence
from desk.service.runtime import WriteBackState

KEPT = "kept"
"""The version that intake publishes itself at an upgrade, with the levels in force before the policy existed."""


class Levels:
    """The levels of one policy book. `kept`: instances that wrote before any version was published."""

    def __init__(self, book: PolicyBook) -> None:
        self._book = book
        self.kept: Collection[str] = ()
        self._revision, self._first = -1, None

    _first: Edition | None

    @property
    def published(self) -> bool:
        """Whether a version was ever published."""
        return self._first_edition() is not None

    def of(self, place: WritePlace, at: datetime | None = None) -> WriteLevel:
        """The level of a place, now or at the time a fact was recorded."""
        first = self._first_edition()
        if first is None or (at is not None and first.published is not None and at < first.published):
            return self._before(place, first)
        return level_of(self._document(at), place)

    def least(self, places: Collection[WritePlace], at: datetime | None = None) -> WriteLevel:
        """The lowest level of several places."""
        return lowest(self.of(place, at) for place in places)

    def interrupted(self, place: WritePlace, since: datetime, until: datetime) -> bool:
        """Whether less than everything was permitted at any time in between."""
        moments = {since, *(at for at in self._changes() if since < at < until)}
        return any(self.of(place, at) != "everything" for at in moments)

    def next_change(self, after: datetime) -> datetime | None:
        """The next time at which a published version comes into force or is retired, or None."""
        return min((at for at in self._changes() if at > after), default=None)

    def _changes(self) -> list[datetime]:
        times = (at for e in self._book.editions(POLICY) for at in (e.published, e.since, e.retired))
        return [at for at in times if at is not None]

    def only(self, at: datetime | None = None) -> WriteLevel | None:
        """The level that all places share, or None if it depends on the place."""
        first = self._first_edition()
        if first is None or (at is not None and first.published is not None and at < first.published):
            kept = self.kept or (first is not None and first.version == KEPT)
            return None if kept else "nothing"
        found = self._document(at).levels
        return found.pop() if len(found) == 1 else None

    def _document(self, at: datetime | None) -> WriteBack:
        version = None if at is None else self._book.edition_at(POLICY, at).version
        return self._book.document(WriteBack, version)

    def _before(self, place: WritePlace, first: Edition | None) -> WriteLevel:
        if place.instance in self.kept:
            return "everything"
        if first is not None and first.version == KEPT:
            return level_of(self._book.document(WriteBack, KEPT), place)
        return "nothing"

    def _first_edition(self) -> Edition | None:
        if self._revision != self._book.revision:
            revision = self._book.revision
            editions = self._book.editions(POLICY)
            self._first = next((edition for edition in editions if edition.version != BUILT_IN), None)
            self._revision = revision
        return self._first


def states(levels: Levels, book: PolicyBook, instances: Sequence[str]) -> list[WriteBackState]:
    """The level of each instance now, with the boards and clients that differ."""
    return [_state(levels, book, name) for name in instances]


def _state(levels: Levels, book: PolicyBook, instance: str) -> WriteBackState:
    level, version = levels.of(WritePlace(instance)), book.version(POLICY)
    kept = version == KEPT or (not levels.published and instance in levels.kept)
    says = sentence(level, instance)
    if kept and level == "everything":
        says += " (it was written to before policy write-back existed; publish the policy to change that)"
    exceptions = {what: other for what, other in _exceptions(book.write_back, instance) if other != level}
    if exceptions:
        says += f"; {len(exceptions)} boards or clients differ"
    return WriteBackState(instance, level, says, version, exceptions)


def _exceptions(policy: WriteBack, instance: str) -> Iterator[tuple[str, str]]:
    for board, level in policy.boards.items():
        if board.rpartition(":")[0] in ("", instance):
            yield f"board {board}", level
    for client, given in policy.clients.items():
        of_client = given if isinstance(given, ClientWriteBack) else ClientWriteBack(default=given)
        yield f"client {client}", of_client.default
        for board, inner in of_client.boards.items():
            yield f"client {client}, board {board}", inner
