"""Decisions to publish and retire policy versions. Pure: the state of the policy and the time are arguments."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from desk.contract.event import Draft
from desk.contract.json_values import JsonObject
from desk.contract.streams.policies import CalendarPublished, Policy, PolicyDrafted, PolicyPublished, PolicyRetired
from desk.decision.context import DecisionContext
from desk.decision.refusal import Refusal
from desk.policies.owners import SEVERAL, kind_of, needs_second, returns_unaided

BUILT_IN = "1"
"""The built-in version. For kinds with several policies, the owner knows which are built in."""


class Proposal(NamedTuple):
    """A version to publish. `effective_from` None is now; `retro` allows a time in the past."""

    policy: str
    version: str
    content: JsonObject
    effective_from: datetime | None = None
    retro: bool = False


def content_hash(content: Mapping[str, object]) -> str:
    """SHA-256 (hex) of the document as JSON with sorted keys: equal for equal documents."""
    return hashlib.sha256(msgspec.json.encode(content, order="sorted")).hexdigest()


def publish(proposal: Proposal, policy: Policy, context: DecisionContext) -> list[Draft]:
    """A draft by the first person, the publication by the second (or the only one); nothing for published content."""
    by, digest = context.actor.id, content_hash(proposal.content)
    _not_taken(proposal, policy, digest)
    if proposal.version in policy.versions:
        return []
    effective = _effective(proposal, context.now)
    drafter = policy.drafters.get(proposal.version)
    if needs_second(proposal.policy, proposal.version, proposal.content):
        if drafter is None:
            data = PolicyDrafted(policy=proposal.policy, version=proposal.version, content_hash=digest, by=by)
            return [Draft(data=data)]
        if drafter == by:
            return []
    if kind_of(proposal.policy) == "calendar":
        return [Draft(data=_calendar(proposal, effective, digest, by))]
    published = PolicyPublished(
        policy=proposal.policy,
        version=proposal.version,
        effective_from=effective,
        content_hash=digest,
        content=proposal.content,
        by=drafter or by,
        second=by if drafter else None,
    )
    return [Draft(data=published)]


def _calendar(proposal: Proposal, effective: datetime, digest: str, by: str) -> CalendarPublished:
    return CalendarPublished(
        calendar=proposal.policy.partition(":")[2],
        version=proposal.version,
        zone=str(proposal.content.get("zone", "")),
        effective_from=effective,
        content_hash=digest,
        content=proposal.content,
        by=by,
    )


def retire(name: str, version: str, policy: Policy, context: DecisionContext) -> list[Draft]:
    """Take a published version out of force; retiring it again records nothing.

    Refused where that would bring back into force, now or later, a version that only two persons may publish.
    """
    published = policy.versions.get(version)
    if published is None:
        remedy = "Publish another version instead." if version == BUILT_IN else f"GET /policies/{name} lists them."
        raise Refusal("invalid_field", f"version: policy {name} has no published version {version!r}", remedy=remedy)
    if published.retired:
        return []
    for back in _returning(policy, version, context.now):
        if not returns_unaided(name, back, context.policies):
            raise Refusal(
                "overlap",
                f"retiring version {version!r} would bring back version {back!r} of policy {name}, which permits"
                " 'everything' and needs two persons",
                remedy="Publish a new version with the content that you want instead: where it permits everything, a"
                " second administrator publishes what the first one drafts.",
            )
    return [Draft(data=PolicyRetired(policy=name, version=version, by=context.actor.id))]


def _returning(policy: Policy, version: str, now: datetime) -> list[str]:
    """Versions that would come into force without that one, now or later."""
    left = {key: found for key, found in policy.versions.items() if key != version}
    without = replace(policy, versions=left)
    moments = {now, *(found.effective_from for found in policy.versions.values() if found.effective_from > now)}
    found = {without.in_force(at) for at in moments if policy.in_force(at) == version}
    return sorted(back for back in found if back is not None)


def _not_taken(proposal: Proposal, policy: Policy, digest: str) -> None:
    published = policy.versions.get(proposal.version)
    recorded = published.content_hash if published else policy.drafts.get(proposal.version)
    ships = proposal.version == BUILT_IN and kind_of(proposal.policy) not in SEVERAL
    if ships or (recorded is not None and recorded != digest):
        raise Refusal(
            "overlap",
            f"version {proposal.version!r} of policy {proposal.policy} exists with other content",
            remedy="Publish under a new version; a published version never changes.",
        )


def _effective(proposal: Proposal, now: datetime) -> datetime:
    effective = proposal.effective_from or now
    if effective < now and not proposal.retro:
        remedy = "Leave it out for now, or set retro to confirm a time in the past."
        raise Refusal("invalid_field", "effective_from: lies in the past", remedy=remedy)
    return effective
