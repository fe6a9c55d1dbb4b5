"""The policies of one service: the built-in version 1 of each, and every version published since."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple, TypeVar

import yaml
from pydantic import BaseModel

from desk.clock import Clock, SystemClock
from desk.contract.event import Event
from desk.contract.streams.policies import CalendarPublished, PolicyPublished, PolicyRetired
from desk.decision.policies.documents import DOCUMENTS, parse
from desk.decision.policies.lookup import D, Policies
from desk.policies.owners import IMPORT

BUILTIN = (
    "billing-rules",
    "close-codes",
    "gate-profile",
    "matrix",
    "monitoring-window",
    "on-call",
    "outside-mode",
    "rate-card",
    "reply-window",
    "routing",
    "status-map",
    "summary-lint",
    "survey-plan",
    "waiver-reasons",
    "write-back",
)
"""Names of the built-in policies, one YAML document each. The sla service has the built-in calendars and SLA
policies."""


@cache
def builtin(name: str) -> Mapping[str, Any]:  # Any: each name has the shape that its row in `DOCUMENTS` declares
    """The content of the built-in version 1 of policy `name`. KeyError when no such policy ships."""
    if name not in BUILTIN:
        raise KeyError(f"no policy named {name!r} ships with the desk; known: {', '.join(BUILTIN)}")
    text = files("desk.policies").joinpath("builtin", f"{name}.yaml").read_text("utf-8")
    content: Mapping[str, object] = yaml.safe_load(text)
    return content


@cache
def _builtin_document(name: str) -> BaseModel | None:
    return parse(name, builtin(name))


V = TypeVar("V")
NAMES: Mapping[type[BaseModel], str] = {kind: name for name, kind in DOCUMENTS.items()}


class PublishedVersions(NamedTuple):
    """One published version, in force from `since` (None: from the beginning)."""

    version: str
    since: datetime | None = None


class Edition(NamedTuple):
    """One version with its times: in force from `since`, published at `published` (None: built in), until `retired`."""

    version: str
    content: Mapping[str, object]
    since: datetime | None = None
    published: datetime | None = None
    retired: datetime | None = None


class PolicyBook(Policies):
    """Implements `Policies`. One thread at a time may write, any may read: values are replaced, never changed.

    `revision` grows with each change, so that results derived from an older one can be renewed.
    """

    def __init__(self, extra: Mapping[str, Mapping[str, object]] | None = None, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._versions: dict[tuple[str, str], Mapping[str, object]] = {}
        self._documents: dict[tuple[str, str], BaseModel] = {}
        self._published: dict[str, tuple[PublishedVersions, ...]] = {}
        self._editions: dict[tuple[str, str], Edition] = {}
        self._derived: dict[object, Any] = {}  # Any: each value has the type that its key, a function, returns
        self.revision = 0
        for name in BUILTIN:
            self._put(Edition("1", builtin(name)), name, _builtin_document(name))
        for name, content in (extra or {}).items():
            self.put(name, "1", content)

    def derived(self, kind: Callable[[PolicyBook], V]) -> V:
        """The object that `kind` makes of this book: made once, and kept as long as the book."""
        found: V | None = self._derived.get(kind)
        return self._derived.setdefault(kind, kind(self)) if found is None else found

    @property
    def names(self) -> list[str]:
        """All policies that have a version."""
        return sorted({name for name, _ in self._versions})

    def versions(self, name: str) -> list[str]:
        """All versions of policy `name`, in the order of publication."""
        return [version for policy, version in self._versions if policy == name]

    def editions(self, name: str) -> list[Edition]:
        """All editions of policy `name`, retired ones too, in the order of publication."""
        return [edition for (policy, _), edition in self._editions.items() if policy == name]

    def put(
        self,
        name: str,
        version: str,
        content: Mapping[str, object],
        since: datetime | None = None,
        published: datetime | None = None,
    ) -> None:
        """Add one version, in force from `since`.

        Versions bound to an import are never in force for live tickets. ValueError for a time without a zone, which
        could not be compared later, and for content that is no
        document of the policy.
        """
        if any(time is not None and time.tzinfo is None for time in (since, published)):
            raise ValueError(f"policy {name} {version}: a time without a zone")
        self._put(Edition(version, content, since, published), name, parse(name, content))

    def _put(self, edition: Edition, name: str, document: BaseModel | None) -> None:
        version, since = edition.version, edition.since
        key = (name, version)
        if document is not None:
            self._documents = {**self._documents, key: document}
        self._editions = {**self._editions, key: edition}
        self._versions = {**self._versions, key: edition.content}
        if not version.startswith(IMPORT):
            others = tuple(one for one in self._published.get(name, ()) if one.version != version)
            self._published = {**self._published, name: (*others, PublishedVersions(version, since))}
        self.revision += 1

    def retire(self, name: str, version: str, at: datetime | None = None) -> None:
        """Take a version out of force; tickets that name it can still read it. The last version stays in force."""
        if (edition := self._editions.get((name, version))) is not None:
            self._editions = {**self._editions, (name, version): edition._replace(retired=at)}
        left = tuple(one for one in self._published.get(name, ()) if one.version != version)
        if left:
            self._published = {**self._published, name: left}
        self.revision += 1

    def apply(self, event: Event) -> None:
        """Apply a fact of the policies stream; others change nothing."""
        data, recorded = event.data, event.recordedtime
        if isinstance(data, PolicyPublished):
            self.put(data.policy, data.version, data.content, data.effective_from, recorded)
        elif isinstance(data, CalendarPublished):
            self.put(f"calendar:{data.calendar}", data.version, data.content, data.effective_from, recorded)
        elif isinstance(data, PolicyRetired):
            self.retire(data.policy, data.version, recorded)

    def version(self, name: str) -> str:
        """The version of policy `name` that is in force: the last published one that is effective. KeyError when there
        is none.
        """
        now = self._clock.now()
        for one in reversed(self._published[name]):
            if one.since is None or one.since <= now:
                return one.version
        raise KeyError(name)

    def edition_at(self, name: str, at: datetime) -> Edition:
        """The version of policy `name` in force at that time, of the versions published then. KeyError if there was
        none."""
        edition: Edition
        for edition in reversed(self.editions(name)):
            published = edition.published is None or edition.published <= at
            valid = edition.since is None or edition.since <= at
            if published and valid and (edition.retired is None or edition.retired > at):
                return edition
        raise KeyError(name)

    def get(self, name: str, version: str | None = None) -> Mapping[str, object]:
        """The content of policy `name`: the given version, else the one in force. KeyError when there is none."""
        return self._versions[(name, version or self.version(name))]

    def document(self, kind: type[D], version: str | None = None) -> D:
        """The policy whose documents are of that type: that version, else the one in force. KeyError when none is."""
        name = NAMES[kind]
        found = self._documents[(name, version or self.version(name))]
        assert isinstance(found, kind)
        return found
