"""Published versions of a document, and the one in force at an instant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Generic, NamedTuple, TypeVar

D = TypeVar("D")
ALWAYS = -(1 << 62)
"""Before every instant: the time from which the first version is in force."""


class Version(NamedTuple, Generic[D]):
    """One version: in force from `since` (UTC seconds); labels count from 1."""

    since: int
    label: str
    document: D


class Versions(Generic[D]):
    """Versions in the order of publication. In force is the latest `since`; of equal ones the last published."""

    def __init__(self, versions: Sequence[Version[D]] = ()) -> None:
        self.all = tuple(versions)
        self._in_force = sorted(self.all, key=lambda version: version.since)

    def __iter__(self) -> Iterator[Version[D]]:
        return iter(self.all)

    def at(self, second: int) -> Version[D] | None:
        """The version in force; None before the first."""
        found = None
        for version in self._in_force:
            if version.since > second:
                break
            found = version
        return found

    def borders(self, start: int, end: int) -> list[int]:
        """Instants inside (start, end) at which another version comes into force."""
        return [version.since for version in self._in_force if start < version.since < end]

    def with_version(self, since: int, document: D) -> Versions[D]:
        """These versions and one more, which takes the place of those that were to come into force later."""
        kept = [version for version in self.all if version.since < since or version.since == ALWAYS != since]
        label = str(1 + max((int(version.label) for version in self.all), default=0))
        return Versions([*kept, Version(since, label, document)])
