"""Clients of a desk without a PSA: recorded by command, changed by the same command, refused where a PSA owns them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from desk.contract.event import Actor, Draft
from desk.contract.streams.client import Client
from desk.contract.streams.clients import ClientObserved, TierAssigned
from desk.decision.context import DecisionContext
from desk.decision.principal import Role
from desk.decision.refusal import Refusal
from desk.policies import PolicyBook
from desk.testing.facts import event
from desk.testing.served import Served, served
from desk_intake.decisions.directory import AddClient, add_client
from desk_intake.main import INTAKE

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
CONTEXT = DecisionContext(id=UUID(int=1), actor=Actor("person", "ada"), now=NOW, policies=PolicyBook(), subject="acme")


def after(client: Client, drafts: list[Draft]) -> Client:
    for draft in drafts:
        client = client.evolve(event(draft.data))
    return client


def decided(client: Client, **body: Any) -> list[Draft]:
    return add_client(AddClient(**{"title": "Acme Ltd", **body}), client, CONTEXT)


def test_a_client_is_recorded_with_its_tier_and_again_records_nothing() -> None:
    drafts = decided(Client(), tier="gold", zone="Europe/Rome")
    observed, tier = (draft.data for draft in drafts)
    assert isinstance(observed, ClientObserved) and isinstance(tier, TierAssigned)
    assert (observed.instance, observed.record, observed.title, observed.zone) == (
        "directory", "acme", "Acme Ltd", "Europe/Rome",
    )  # fmt: skip
    assert (tier.before, tier.after, tier.effective) == (None, "gold", NOW)
    assert decided(after(Client(), drafts), tier="gold", zone="Europe/Rome") == []


def test_a_tier_that_is_left_out_stays_and_another_one_is_assigned() -> None:
    client = after(Client(), decided(Client(), tier="gold"))
    assert decided(client) == []
    (changed,) = decided(client, tier="silver")
    assert changed.data == TierAssigned(before="gold", after="silver", effective=NOW)


def test_a_return_to_an_earlier_title_is_a_new_fact() -> None:
    revisions, client = [], Client()
    for title in ("Acme Ltd", "Acme Group", "Acme Ltd"):
        (draft,) = decided(client, title=title)
        client = after(client, [draft])
        revisions.append(client.revision)
    assert len(set(revisions)) == 3


def test_a_client_of_a_psa_is_refused() -> None:
    read = ClientObserved(revision="7", instance="psa", record="250", active=True, title="Acme")
    with pytest.raises(Refusal) as refused:
        decided(after(Client(), [Draft(data=read)]))
    assert (refused.value.code, refused.value.detail) == ("owned_by_psa", "client: 'acme' is read from 'psa'.")


def test_a_zone_that_is_no_iana_zone_is_refused() -> None:
    with pytest.raises(Refusal, match="zone: 'Europe/Rom' is no IANA zone"):
        decided(Client(), zone="Europe/Rom")


@pytest.fixture
async def desk(database: str) -> AsyncIterator[Served]:
    async with served(database, INTAKE) as found:
        yield found


@pytest.mark.postgres
async def test_a_ticket_is_opened_for_a_client_of_the_directory(desk: Served) -> None:
    body = {"title": "Acme Ltd", "tier": "gold"}
    added = await desk.post("/clients/acme/add-client", body, Role.ADMIN, by="ada")
    names = [fact["type"] for fact in added.json()["facts"]]
    assert names == ["desk.intake.client-observed.v1", "desk.intake.tier-assigned.v1"]
    assert (await desk.post("/clients/acme/add-client", body, Role.ADMIN, by="ada")).json()["facts"] == []
    opened = await desk.post("/tickets", {"client": "acme", "problem": "VPN down"})
    assert opened.status_code == 201
    refused = await desk.post("/clients/acme/add-client", body, Role.TIER1)
    assert refused.json()["code"] == "forbidden_role"
