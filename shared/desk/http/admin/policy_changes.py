"""Previews the publication of a policy version: the same checks, nothing recorded."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from uuid import uuid4

from pydantic import ValidationError
from starlette.responses import Response

from desk.contract.event import Actor
from desk.decision.context import DecisionContext
from desk.decision.principal import Principal
from desk.http.admin.policy_responses import PolicyChanges
from desk.http.admin.policy_versions import Policies, Publication
from desk.http.app.responses import json_response
from desk.policies.comparing import changes
from desk.policies.publishing import Proposal, publish


async def preview(policies: Policies, name: str, body: Publication, reader: Principal) -> Response:
    """Check a version and compare it. `would`: the fact to be recorded, or `nothing new`. `changes`: differences from
    `against`, the version in force."""
    proposal, book = await policies.checked(name, body), policies.book
    actor = Actor(reader.kind, reader.subject)
    context = DecisionContext(id=uuid4(), actor=actor, now=policies.now(), policies=book)
    against = book.version(name) if name in book.names else None
    if against is None:
        lines = changes({}, body.content)
    else:
        before, after = (_normal(policies, name, one) for one in (book.get(name, against), body.content))
        lines = changes(before, after)
    return json_response(
        PolicyChanges(
            policy=name,
            version=body.version,
            would=await asyncio.to_thread(_would, policies, proposal, context),
            against=against,
            changes=lines,
        )
    )


def _would(policies: Policies, proposal: Proposal, context: DecisionContext) -> str:
    drafts = publish(proposal, policies.state(proposal.policy), context)
    return drafts[0].data.name if drafts else "nothing new"


def _normal(policies: Policies, name: str, content: Mapping[str, object]) -> Mapping[str, object]:
    """The content with all defaults filled in; unchanged when it is invalid under the present document."""
    try:
        return policies.owned(name).model_validate(content).model_dump(mode="json")
    except ValidationError:
        return dict(content)
