"""The policies of one service: lists all, publishes and retires those that it owns."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import cast

from msgspec.structs import asdict
from pydantic import BaseModel, Field, ValidationError
from starlette.responses import Response

from desk.contract.bounds import Document, Instant
from desk.contract.event import Stream
from desk.contract.streams.policies import Policy
from desk.decision.command_body import Body
from desk.decision.context import DecisionContext
from desk.eventstore.event_log import EventLog
from desk.eventstore.unit_of_work import work_items
from desk.http.admin.policy_responses import PolicyList, PolicySummary, PolicyVersion
from desk.http.app.responses import json_response
from desk.http.commands.command_route import Call, answered
from desk.http.problems.exception_handlers import validation_problem
from desk.http.problems.problem import Problem, invalid_field
from desk.policies.book import PolicyBook
from desk.policies.owners import POLICY_OWNERS, SEVERAL, kind_of, owner_of
from desk.policies.publishing import Proposal, publish, retire

VERSION = r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,79}$"
Documents = Mapping[str, type[BaseModel]]
PolicyChecks = Mapping[str, Callable[[Proposal, PolicyBook], None]]
"""Kind of policy -> the owner's check beyond the document's shape; raises a Problem."""


class Publication(Body):
    """A version to publish. For matrix, gate-profile, sla-policy, and for write-back where it permits everything, the
    first call drafts, and a second person's call publishes."""

    version: str = Field(max_length=80, pattern=VERSION, description="New version; a published version never changes.")
    content: Document
    effective_from: Instant | None = Field(None, description="Default: now.")
    retro: bool = Field(False, description="Required when effective_from is in the past.")


class Retirement(Body):
    version: str = Field(max_length=80, pattern=VERSION)


class Policies:
    """The policies of one service. `documents` and `checks`, by kind, validate the policies that it owns."""

    def __init__(
        self, log: EventLog, book: PolicyBook, documents: Documents, checks: PolicyChecks | None = None
    ) -> None:
        self._log, self.book, self._documents, self._checks = log, book, documents, checks or {}
        self.now = log.clock.now

    async def publish(self, name: str, body: Publication, call: Call) -> Response:
        """Draft or publish a version."""
        proposal = await self.checked(name, body)
        return await self._run(name, body.version, call, lambda state, on: publish(proposal, state, on))

    async def checked(self, name: str, body: Publication) -> Proposal:
        """Validate a version to publish; raises a Problem. The owner's own check runs first."""
        self.owned(name)
        proposal = Proposal(name, body.version, body.content, body.effective_from, body.retro)
        check = self._checks.get(kind_of(name))
        if check is not None:
            await asyncio.to_thread(check, proposal, self.book)
        self._check(name, body.content)
        return proposal

    async def retire(self, name: str, body: Retirement, call: Call) -> Response:
        """Take a version out of force."""
        self.owned(name)
        return await self._run(name, body.version, call, lambda state, on: retire(name, body.version, state, on))

    def listing(self) -> Response:
        """All policies, by name."""
        return json_response(PolicyList([self._summary(name) for name in self.book.names]))

    def show(self, name: str, version: str | None) -> Response:
        """One version with its content, and the state of the others."""
        if name not in self.book.names:
            raise Problem("not_found", f"no policy {name!r}", remedy="GET /policies lists them.")
        selected = version or self.book.version(name)
        if selected not in self.book.versions(name):
            versions = ", ".join(self.book.versions(name))
            raise Problem("not_found", f"policy {name} has no version {selected!r}", remedy=f"Use one of {versions}.")
        state = self.state(name)
        return json_response(
            PolicyVersion(
                **asdict(self._summary(name)),
                version=selected,
                content=self.book.get(name, selected),
                published=state.versions,
                drafts={draft: state.drafters.get(draft) for draft in state.drafts},
            )
        )

    def _summary(self, name: str) -> PolicySummary:
        versions = self.book.versions(name)
        return PolicySummary(policy=name, owner=owner_of(name), in_force=self.book.version(name), versions=versions)

    def owned(self, name: str) -> type[BaseModel]:
        """The document model of a policy; a Problem when this service does not own it."""
        owner, kind = owner_of(name), kind_of(name)
        if owner is None:
            names = ", ".join(f"{each}:<name>" if each in SEVERAL else each for each in POLICY_OWNERS)
            raise invalid_field("policy", f"no such policy: {name}", f"Use one of {names}.", "path")
        if owner != self._log.owner or kind not in self._documents:
            raise invalid_field("policy", f"{owner} owns policy {name}", f"Send it to {owner}.", "path")
        return self._documents[kind]

    def _check(self, name: str, content: Mapping[str, object]) -> None:
        try:
            self.owned(name).model_validate(content)
        except ValidationError as error:
            found = error.errors(include_url=False, include_input=False)
            raise validation_problem([{**e, "loc": ("body", "content", *e["loc"])} for e in found]) from error

    def state(self, name: str) -> Policy:
        """The state of its versions."""
        return cast(Policy, self._log.replica(Stream.POLICIES, name).state)

    async def _run(self, name: str, version: str, call: Call, decide: work_items.Decide) -> Response:
        context = DecisionContext(
            id=call.id,
            actor=call.actor,
            now=self._log.clock.now(),
            policies=self.book,
            roles=frozenset(call.principal.roles),
        )
        mark = call.identity.fingerprint
        item = work_items.Command(Stream.POLICIES, name, decide, context, fingerprint=mark, conditions=call.conditions)
        recorded = await self._log.writer.submit(item)
        state = await asyncio.to_thread(self.state, name)
        return answered(name, recorded, created=True, status=_publication_state(state, version))


def _publication_state(state: Policy, version: str) -> str:
    published = state.versions.get(version)
    if published is None:
        return "drafted: a second person publishes it"
    return "retired" if published.retired else "published"
