"""The desk's own directory: what a desk without a PSA knows of its clients, as facts of instance `directory`."""

from __future__ import annotations

from hashlib import sha256
from json import dumps

from pydantic import Field

from desk.calendars import zones
from desk.contract.bounds import Code
from desk.contract.event import Draft
from desk.contract.streams.client import Client
from desk.contract.streams.clients import ClientObserved, TierAssigned
from desk.decision.command_body import Body
from desk.decision.context import DecisionContext
from desk.decision.refusal import Refusal

INSTANCE = "directory"
"""The instance of records that no PSA owns."""


class AddClient(Body):
    title: str = Field(min_length=1, max_length=200, description="Name of the company", examples=["Acme Ltd"])
    tier: Code | None = Field(None, description="Service tier from now on", examples=["gold"])
    zone: str | None = Field(None, max_length=64, description="IANA zone of the main site", examples=["Europe/Rome"])


def add_client(body: AddClient, client: Client, context: DecisionContext) -> list[Draft]:
    """The client as a fact, and its tier where one is given and not in force; nothing where both are recorded already.

    The same command changes title, zone and tier later.
    """
    if client.revision and client.instance != INSTANCE:
        raise Refusal("owned_by_psa", f"client: {context.subject!r} is read from {client.instance!r}.")
    if body.zone is not None and body.zone not in zones.names():
        remedy = "Use an IANA name such as Europe/Rome."
        raise Refusal("invalid_field", f"zone: {body.zone!r} is no IANA zone.", remedy=remedy)
    drafts: list[Draft] = []
    revision = _next_revision(client.revision, body)
    if revision != client.revision:
        observed = ClientObserved(
            revision=revision,
            instance=INSTANCE,
            record=context.subject,
            active=True,
            title=body.title,
            zone=body.zone,
        )
        drafts.append(Draft(data=observed))
    before = client.tier(context.now)
    if body.tier is not None and body.tier != before:
        drafts.append(Draft(data=TierAssigned(before=before, after=body.tier, effective=context.now)))
    return drafts


def _next_revision(present: str, body: AddClient) -> str:
    """`<number>-<hash of the content>`: the present one for the same content. The number makes a return to earlier
    content a new fact.
    """
    content = sha256(dumps([body.title, body.zone]).encode()).hexdigest()[:16]
    number, _, recorded = present.partition("-")
    return present if recorded == content else f"{int(number or 0) + 1}-{content}"
