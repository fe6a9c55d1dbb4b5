"""Docs' facts about searches of the client's documentation: requested, answered, judged."""

from __future__ import annotations

from datetime import datetime

import msgspec

from desk.contract.event import CycleRule, Payload, Spec, Text


class Hit(msgspec.Struct, frozen=True, omit_defaults=True):
    """One document found. `hit` names it within the ticket, `external` within its source.

    `kind` is `document`, `record` or `configuration`; `excerpt` is the text around the first match.
    """

    hit: str
    source: str
    external: str
    title: Text = ""
    kind: str = ""
    url: str = ""
    excerpt: Text = ""


class DocumentationSearched(Payload, frozen=True, kw_only=True):
    """Step 9: sources of the client's documentation were searched; `unknown` are those that did not answer.

    `asked_at` is the time of the answer of one source, None for a request that no source has answered. `request` is the
    search that a person asked for, empty for an automatic one, which is about `device` and the problem whose hash is
    `problem_hash`. `reason` is a code that says why a source is unknown. `omitted` counts hits beyond those listed,
    `foreign` dropped rows of another client; `unavailable` names parts that were not searched.
    """

    spec = Spec("docs", ("search",), CycleRule.ALWAYS)
    search: str
    client: str
    query: Text
    sources: tuple[str, ...]
    hits: tuple[Hit, ...] = ()
    unknown: tuple[str, ...] = ()
    not_applicable: bool = False
    device: str | None = None
    problem_hash: str = ""
    request: str = ""
    asked_at: datetime | None = None
    reason: str = ""
    unavailable: tuple[str, ...] = ()
    omitted: int = 0
    foreign: int = 0

    def about(self) -> str:
        """The subject of the search: the request, else client, device and problem."""
        return self.request or subject_of(self.client, self.device, self.problem_hash)


def subject_of(client: str, device: str | None, problem_hash: str) -> str:
    """The subject of an automatic search: the client, the device where one is linked, and the problem by its hash."""
    return f"{client}|{device or ''}|{problem_hash}"


class DocumentationJudged(Payload, frozen=True, kw_only=True):
    """A document that was found was judged: whether it helped."""

    spec = Spec("docs", ("hit",), CycleRule.ALWAYS)
    hit: str
    helped: bool


FACTS: tuple[type[Payload], ...] = (DocumentationSearched, DocumentationJudged)
