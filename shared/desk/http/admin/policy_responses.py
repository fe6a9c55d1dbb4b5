"""Responses of the policy routes, as the API writes them and the command line reads them."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from desk.contract.json_values import JsonValue
from desk.contract.streams.policies import Version

Content = Mapping[str, JsonValue]
"""A policy document; each kind has its own shape, which `desk.decision.policies` gives."""


class PolicySummary(msgspec.Struct, frozen=True, kw_only=True):
    """A policy with its owner and the version in force."""

    policy: str
    owner: str | None
    in_force: str
    versions: list[str]


class PolicyList(msgspec.Struct, frozen=True):
    """All policies, by name."""

    items: list[PolicySummary]


class PolicyVersion(PolicySummary, frozen=True, kw_only=True):
    """One version with its content. `published`: version -> its publication, `drafts`: version -> who drafted it."""

    version: str
    content: Content
    published: Mapping[str, Version]
    drafts: Mapping[str, str | None]


class PolicyChanges(msgspec.Struct, frozen=True, kw_only=True):
    """The preview of a publication. `would`: the fact that would be recorded, or `nothing new`; `changes`: differences
    from `against`, the version in force."""

    policy: str
    version: str
    would: str
    against: str | None
    changes: list[str]
