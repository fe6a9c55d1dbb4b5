"""The desk's own directory: what a desk without a PSA knows of its clients, as facts of instance `directory`."""

from __future__ import annotations

from collections.abc import Sequence
from json import dumps

from pydantic import Field

from desk.calendars import zones
from desk.contract.bounds import PLAIN, Code, Instant
from desk.contract.event import Draft
from desk.contract.streams.client import Client
from desk.contract.streams.clients import AgreementObserved, ClientObserved, DeviceMapped, TierAssigned
from desk.decision.command_body import Body
from desk.decision.context import DecisionContext
from desk.decision.refusal import Refusal

INSTANCE = "directory"
"""The instance of records that no PSA owns."""


class AddClient(Body):
    title: str = Field(min_length=1, max_length=200, description="Name of the company", examples=["Acme Ltd"])
    tier: Code | None = Field(None, description="Service tier from now on", examples=["gold"])
    zone: str | None = Field(None, max_length=64, description="IANA zone of the main site", examples=["Europe/Rome"])


class AddDevice(Body):
    device: Code = Field(description="Id of the device", examples=["acme-lt-1"])
    hostname: str | None = Field(None, max_length=255, description="Host name", examples=["ACME-LT-1"])
    asset_class: Code | None = Field(None, description="Asset class, by which tiers are permitted to work on it")


class AddAgreement(Body):
    agreement: Code = Field(description="Id of the agreement", examples=["acme-managed"])
    kind: str = Field(min_length=1, max_length=100, pattern=PLAIN, description="Type of the agreement")
    starts: Instant
    ends: Instant | None = None
    covers: tuple[Code, ...] = Field((), max_length=50, description="Work types that it covers")
    calendar: Code | None = Field(None, description="Calendar of its working hours")


def add_client(body: AddClient, client: Client, context: DecisionContext) -> list[Draft]:
    """The client as a fact, and its tier where one is given and not in force; nothing where both are recorded already.

    The same command changes title, zone and tier later.
    """
    _ensure_ours(client, context.subject)
    if body.zone is not None and body.zone not in zones.names():
        remedy = "Use an IANA name such as Europe/Rome."
        raise Refusal("invalid_field", f"zone: {body.zone!r} is no IANA zone.", remedy=remedy)
    drafts: list[Draft] = []
    revision = next_revision(client.revision, context, body.title, body.zone)
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


def add_device(body: AddDevice, client: Client, owners: Sequence[str], context: DecisionContext) -> list[Draft]:
    """The device as a fact; nothing where it is recorded so. `owners` are the clients that have a device of that id."""
    ensure_recorded(client, context.subject)
    if any(owner != context.subject for owner in owners):
        raise Refusal("device_other_client", f"device: {body.device!r} belongs to another client.")
    held = client.devices.get(body.device)
    before = held or client.unmapped.get(body.device)
    if before is not None and "psa" in before.ids:
        raise Refusal("owned_by_psa", f"device: {body.device!r} is read from a PSA.")
    ids = {**(before.ids if before else {}), INSTANCE: body.device}
    name_hash = context.fingerprint(body.hostname) if body.hostname else None
    if held is not None and (held.ids, held.asset_class, held.hostname_hash) == (ids, body.asset_class, name_hash):
        return []
    mapped = DeviceMapped(
        device=body.device,
        revision=before.revision + 1 if before else 1,
        ids=ids,
        asset_class=body.asset_class,
        hostname=body.hostname,
        hostname_hash=name_hash,
    )
    return [Draft(data=mapped)]


def add_agreement(body: AddAgreement, client: Client, owner: str | None, context: DecisionContext) -> list[Draft]:
    """The agreement as a fact; nothing where it is recorded so. `owner` is the client that has an agreement of that id.

    The same command with `ends` ends it.
    """
    ensure_recorded(client, context.subject)
    if owner not in (None, context.subject):
        raise Refusal("other_client", f"agreement: {body.agreement!r} belongs to another client.")
    if body.ends is not None and body.ends <= body.starts:
        raise Refusal("invalid_field", "ends: it is not after starts.", remedy="Give a later time, or leave it out.")
    held = client.agreements.get(body.agreement)
    terms = (body.kind, body.starts, body.ends, body.covers, body.calendar)
    if held is not None and (held.kind, held.starts, held.ends, held.covers, held.calendar) == terms:
        return []
    number = held.revision.partition("-")[0] if held is not None else ""
    observed = AgreementObserved(
        agreement=body.agreement,
        revision=f"{int(number or 0) + 1}-directory",
        kind=body.kind,
        starts=body.starts,
        ends=body.ends,
        covers=body.covers,
        calendar=body.calendar,
    )
    return [Draft(data=observed)]


def ensure_recorded(client: Client, name: str) -> None:
    """Refuse a client that is not recorded, or that a PSA owns: its records are read from there."""
    if not client.revision:
        raise Refusal(
            "invalid_field", f"client: {name!r} is not recorded.", remedy="Add the client first (add-client)."
        )
    _ensure_ours(client, name)


def _ensure_ours(client: Client, name: str) -> None:
    if client.revision and client.instance != INSTANCE:
        raise Refusal("owned_by_psa", f"client: {name!r} is read from {client.instance!r}.")


def next_revision(present: str, context: DecisionContext, *content: object) -> str:
    """`<number>-<keyed hash of the content>`: the present one for the same content.

    The number makes a return to earlier content a new fact; without the key nobody can guess a text from the hash.
    """
    fingerprint = context.fingerprint(dumps(content))[:16]
    number, _, recorded = present.partition("-")
    return present if recorded.partition("-")[0] == fingerprint else f"{int(number or 0) + 1}-{fingerprint}"
